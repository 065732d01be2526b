//! Every example of the library, run by the program: functions, tasks, integration tasks, system variables.

use freshet_interpreter::library::find::{self, Topic};

use crate::World;
use crate::zoho::answer;

/// What is printed behind each example, and by none.
const END: &str = "-- end --";

#[test]
fn every_example_of_every_entry_prints_what_it_says() {
    let world = World::new(answer);
    let examples: Vec<_> = find::topics()
        .flat_map(|topic| topic.examples().iter().map(move |example| (topic, example)))
        .collect();
    // Each is a function, so that none sees the variables of another, and one run does for all.
    let mut script = String::new();
    for (number, (_, example)) in examples.iter().enumerate() {
        script.push_str(&format!(
            "void example_{number}()\n{{\n{}\n}}\n",
            example.script
        ));
    }
    for number in 0..examples.len() {
        script.push_str(&format!("example_{number}();\ninfo \"{END}\";\n"));
    }
    let ran = world.run_with(&["--mail", "print"], &script).ok();
    let end = format!("\n{END}\n");
    let printed: Vec<&str> = ran.out.split_terminator(&end).collect();
    let mut faults = Vec::new();
    for (number, (topic, example)) in examples.iter().enumerate() {
        let found = printed.get(number).copied().unwrap_or_default();
        if found != example.output {
            let (name, script) = (topic.name(), example.script);
            faults.push(format!(
                "{name}\n{script}\nprinted {found:?}, not {:?}",
                example.output
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    assert_eq!(printed.len(), examples.len());

    let count = |is: fn(Topic) -> bool| find::topics().filter(|topic| is(*topic)).count();
    println!(
        "{} entries: {} functions, {} tasks, {} integration tasks, {} system variables; {} examples",
        find::topics().count(),
        count(|topic| matches!(topic, Topic::Function(_))),
        count(|topic| matches!(topic, Topic::Task(_))),
        count(|topic| matches!(topic, Topic::Integration(_))),
        count(|topic| matches!(topic, Topic::Variable(_))),
        examples.len()
    );
}

/// What the examples of the tasks send is what they say, with the credential of their connection.
#[test]
fn examples_of_tasks_send_requests_and_mail() {
    let world = World::new(answer);
    let scripts = |name: &str| -> String {
        let topics = find::named(name).into_iter();
        let tasks = topics.filter(|topic| matches!(topic, Topic::Task(_)));
        tasks
            .flat_map(Topic::examples)
            .map(|example| format!("{}\n", example.script))
            .collect()
    };
    world.run(&scripts("invokeurl")).ok();
    assert_eq!(
        world.sent(),
        [
            "GET api.example.com /v1/orders?status=open",
            r#"POST api.example.com /v1/orders {"id":9,"item":"Kite"}"#,
            "GET api.example.com /v1/orders/none",
        ]
    );
    world.run(&scripts("invokeapi")).ok();
    assert_eq!(
        world.sent(),
        ["GET www.zohoapis.com /crm/v3/Leads?fields=Last_Name"]
    );
    let mailed = world
        .run_with(&["--mail", "print"], &scripts("sendmail"))
        .ok();
    for shown in [
        "mail: from me@example.com",
        "to: ann@example.com, bo@example.com",
        "attachment: week.csv",
    ] {
        assert!(mailed.err.contains(shown), "{shown}\n{}", mailed.err);
    }
}
