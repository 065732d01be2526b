//! `freshet demo`: the main job on a machine where nothing is set up.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use freshet_connections::{ClientInput, NewConnection, Settings as ConnectionSettings, Via};
use freshet_interpreter::eval::Start;
use freshet_interpreter::resolve::{self, Mode};
use freshet_runtime::arguments;
use freshet_runtime::engine::{Engine, RunOptions, RunRecord};
use freshet_runtime::output::Destination;
use freshet_syntax::parse;
use freshet_syntax::source::{FileId, SourceFile};
use secrecy::SecretString;

use super::{Global, engine, wait};
use crate::demo::service::{CLIENT_ID, CLIENT_SECRET, Seen, Service, TokenEnds};
use crate::demo::{CONNECTION, SCRIPT, SERVICE, definition};
use crate::exit::{self, Failure, Outcome};
use crate::output;
use crate::report::Reporter;
use crate::signal;

/// Name of the script in what is shown.
const SCRIPT_NAME: &str = "reminders.dg";
/// Requests that a token of the demo is good for: the verification, the list, one reminder. The next one finds it
/// expired, which is what the demo is to show.
const CALLS: u32 = 3;
/// Life of a token of `--serve`.
const LIFETIME: Duration = Duration::from_secs(60);

/// See it work: a script calls an API through a stored connection
///
/// Starts a small service on this machine, makes a connection to it in a temporary registry, runs a script over it and
/// shows what the service saw. Nothing is left behind, nothing goes over the network.
#[derive(Args)]
#[command(after_help = "\
Examples:
  freshet demo
  freshet demo --serve")]
pub struct Arguments {
    /// Only run the service, until Ctrl-C, and print the commands that use it
    #[arg(long)]
    serve: bool,
    /// The port of the service
    #[arg(long, value_name = "PORT", requires = "serve", default_value_t = 8790)]
    port: u16,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global) -> Outcome {
    if arguments.serve {
        serve(arguments.port)
    } else {
        show(global)
    }
}

fn show(global: &Global) -> Outcome {
    let service = start(0, TokenEnds::AfterCalls(CALLS), |_| {})?;
    let address = &service.address;
    output::print(&format!(
        "A script calls an API through a stored connection.\n\n\
         1. A small service runs at {address}: an API, and the endpoint that issues its tokens.\n\n"
    ))?;
    let folder = tempfile::tempdir().map_err(|cause| Failure::io("a temporary folder", &cause))?;
    let engine = engine(settings(folder.path())?);
    let account = connect(&engine, address)?;
    output::print(&format!(
        "2. Service and connection are stored in a registry of their own, the secret sealed:\n\n\
         \x20    $ freshet service add {SERVICE} --file {SERVICE}.toml --client-id {CLIENT_ID} --secret-stdin < secret\n\
         \x20    $ freshet connection add {CONNECTION} --service {SERVICE} --connect\n\
         \x20    Connected {CONNECTION} to Demo Shop as {account}.\n\n\
         3. The script, {SCRIPT_NAME}, names the connection and holds no secret:\n\n{}\n",
        indented(SCRIPT)
    ))?;
    let before = service.seen().len();
    let (files, record) = run_script(&engine, address, global)?;
    output::print(&format!(
        "4. It is run and prints:\n\n     $ freshet {SCRIPT_NAME} api={address}\n{}\n",
        indented(&(record.output.join("\n") + "\n"))
    ))?;
    if let Some(error) = &record.error {
        output::say(
            Reporter::new(&files, global.color.on_stderr())
                .runtime_error(error)
                .trim_end(),
        );
        return Ok(exit::of_error(error, signal::received()));
    }
    output::print(&format!(
        "5. What the service saw arrive:\n\n{}\n{NEXT}",
        arrived(&service.seen(), before)
    ))?;
    Ok(exit::OK)
}

/// A registry in the temporary folder, whatever the environment says.
fn settings(folder: &Path) -> Result<ConnectionSettings, Failure> {
    Ok(ConnectionSettings {
        registry: Some(folder.join("registry.db")),
        key: None,
        key_file: None,
        use_only: false,
        ca_file: None,
        refuse_private: false,
        ..ConnectionSettings::from_environment(Via::Cli)?
    })
}

/// Adds the service with its client, makes the connection, and gives the account it is connected as.
fn connect(engine: &Engine, address: &str) -> Result<String, Failure> {
    let connections = engine.connections();
    connections.add_service(SERVICE, "demo_shop.toml", &definition(address), None)?;
    let client = ClientInput {
        client_id: Some(CLIENT_ID.to_owned()),
        client_secret: Some(SecretString::from(CLIENT_SECRET)),
        ..ClientInput::default()
    };
    connections.set_client(SERVICE, None, client)?;
    connections.create(NewConnection {
        link_name: CONNECTION.to_owned(),
        service: SERVICE.to_owned(),
        ..NewConnection::default()
    })?;
    let verification = wait(
        engine,
        connections.connect(CONNECTION, Default::default(), true),
    )??;
    Ok(verification.account.unwrap_or_default())
}

fn run_script(
    engine: &Engine,
    address: &str,
    global: &Global,
) -> Result<([SourceFile; 1], RunRecord), Failure> {
    let file = SourceFile::new(SCRIPT_NAME, SCRIPT);
    let parsed = parse(&file, FileId(0));
    let given = [arguments::given(&format!("api={address}"))?];
    let mode = Mode::Run {
        arguments: &["api".to_owned()],
        function: None,
    };
    let resolved = resolve::resolve(
        resolve::Source {
            file: &file,
            ast: &parsed.ast,
        },
        &[],
        mode,
    );
    let files = [file];
    let faults: Vec<_> = parsed
        .diagnostics
        .into_iter()
        .chain(resolved.diagnostics)
        .collect();
    if !faults.is_empty() {
        output::say(
            &Reporter::new(&files, global.color.on_stderr()).diagnostics(&faults, parsed.omitted),
        );
        return Err(Failure::internal("the script of the demo does not compile"));
    }
    let options = RunOptions {
        destination: Destination::Kept,
        cancelled: signal::cancel_flag(),
        ..RunOptions::default()
    };
    let record = engine.run(
        &resolved.program,
        Start::Body,
        &arguments::for_body(&given)?,
        &options,
    );
    Ok((files, record))
}

/// The requests, those of the run apart from those before it.
fn arrived(seen: &[Seen], before: usize) -> String {
    let mut text = String::new();
    for (number, request) in seen.iter().enumerate() {
        if number == 0 {
            text.push_str("     when the connection was made\n");
        }
        if number == before {
            text.push_str("     when the script ran\n");
        }
        let expired = number > before && request.status == 401;
        let remark = if expired {
            "   the token has expired: it is renewed, the call repeated"
        } else {
            ""
        };
        text.push_str(&format!(
            "       {} → {}{remark}\n",
            request.line, request.status
        ));
        for detail in &request.details {
            text.push_str(&format!("           {detail}\n"));
        }
    }
    text
}

const NEXT: &str = "\
The same with an API of your own:

     freshet service list                                  the services that are built in
     freshet connection add my_api --service SERVICE --connect
     freshet connection snippet my_api > first.dg
     freshet first.dg

`freshet demo --serve` keeps the service running, to try these commands on it.
";

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| {
            if line.is_empty() {
                "\n".to_owned()
            } else {
                format!("     {line}\n")
            }
        })
        .collect()
}

fn start(port: u16, ends: TokenEnds, watch: fn(&Seen)) -> Result<Service, Failure> {
    Service::start(port, ends, watch).map_err(|cause| {
        Failure::io(format!("cannot listen on 127.0.0.1:{port}"), &cause)
            .help("choose another port: --port PORT")
    })
}

/// Runs the service until it is interrupted.
fn serve(port: u16) -> Outcome {
    /// How often the flag is looked at. A person does not notice it.
    const LOOK_EVERY: Duration = Duration::from_millis(50);
    let cancelled = signal::cancel_flag();
    let service = start(port, TokenEnds::After(LIFETIME), |seen| {
        // Who watches may go away; the service stays.
        let _ = output::print(&format!(
            "{} → {}  {}\n",
            seen.line,
            seen.status,
            seen.details.join("  ")
        ));
    })?;
    output::print(&by_hand(&service.address))?;
    while !cancelled.load(std::sync::atomic::Ordering::Relaxed) {
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(128 + signal::received().unwrap_or(2))
}

/// The commands that make a connection to the service.
fn by_hand(address: &str) -> String {
    let host = address.trim_start_matches("http://");
    format!(
        "\
Demo Shop runs at {address} until Ctrl-C. In another terminal:

  echo {CLIENT_SECRET} | freshet service add {SERVICE} --name \"Demo Shop\" --scheme oauth2 \\
      --grant-type client_credentials --token-url {address}/oauth/token --host {host} \\
      --scope invoices --verify \"GET {address}/v1/me\" --client-id {CLIENT_ID} --secret-stdin
  freshet connection add {CONNECTION} --service {SERVICE} --connect
  freshet connection snippet {CONNECTION} --url {address}/v1/invoices > first.dg
  freshet first.dg

Its tokens live for {} seconds. To clean up:

  freshet connection remove {CONNECTION} --yes
  freshet service remove {SERVICE} --yes

What arrives (secrets as ***):
",
        LIFETIME.as_secs()
    )
}
