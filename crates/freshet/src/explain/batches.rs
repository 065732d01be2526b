//! What can go wrong with batches and their store.

use super::Explanation;

/// By code.
pub const ALL: &[Explanation] = &[
    about(
        "B0001",
        "the store of batches cannot be opened",
        "Batches are kept in batches.db in the data folder, or in the file that --store names. It must be a file that \
         this user can read and write, no folder and no link, and no file of another program. Put it right, or name \
         another one.",
    ),
    about(
        "B0002",
        "the store of batches is damaged",
        "The file is not what Freshet wrote: it was cut off, overwritten, or the disk has a fault. Move it away with \
         the files beside it whose names go on with -wal and -shm, or restore a backup. The next batch makes a new one.",
    ),
    about(
        "B0003",
        "the store of batches was written by a newer program",
        "A newer Freshet has changed how batches are kept. Use that one, or name another file with --store.",
    ),
    about(
        "B0004",
        "the store of batches is locked",
        "Another process kept the file locked for 15 seconds. Processes of Freshet take turns of milliseconds; look \
         for another program that has the file open, such as a database tool or a backup.",
    ),
    about(
        "B0005",
        "the store of batches cannot be written",
        "The disk is full, a quota is reached, or writing is not allowed. Everything stored before is kept. Make room, \
         then go on with `freshet batch resume`: jobs whose results could not be stored run again.",
    ),
    about(
        "B0010",
        "a job was lost with its worker after it had sent a request",
        "The process that ran the job ended after the job had sent a POST or PATCH without an idempotency key. Whether \
         the request had its effect is not known, so the job is uncertain and not run again by itself. Look at the \
         service, then run `freshet batch retry ID --state uncertain`. A service that takes idempotency keys is told \
         so in its definition: `idempotency_header`.",
    ),
    about(
        "B0011",
        "the last call of a job was answered as a matter of time",
        "The script came to its end without a look at the status of its last web call, which was answered with 429, \
         502, 503 or 504. With --retries that counts as a failure that passes: the job is run again, after the time \
         that the service asked for, and when no attempt is left it has failed. A script that sees the status, with \
         `detailed :true`, or catches the error of a call, decides itself what that means: where it ends well its job \
         is done. An error of the script is not tried again, whatever a call was answered before.",
    ),
];

const fn about(code: &'static str, title: &'static str, text: &'static str) -> Explanation {
    Explanation {
        code,
        title,
        text,
        example: None,
    }
}
