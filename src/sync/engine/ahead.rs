//! Reading ahead: while a page is written to the table, the next one is fetched.
//!
//! One thread sends the requests of a pull, in their order, for as long as the pull lasts. It owns all that it uses and calls
//! nothing but the remote, so it may be abandoned at any time. A pull of one page needs no thread.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use super::room::Room;
use crate::contact::Property;
use crate::sync::error::{RemoteClass, RemoteError};
use crate::sync::ids::{Cursor, FolderId, ItemId};
use crate::sync::ports::{ChangePage, Fetched, Remote};

enum Job {
    List(Option<Cursor>),
    Fetch(Vec<ItemId>),
}

enum Answer {
    Listed(Result<ChangePage, RemoteError>),
    Fetched(Result<Vec<Fetched>, RemoteError>),
}

struct Reader {
    remote: Arc<dyn Remote>,
    folder: FolderId,
    mapped: Arc<[Property]>,
    batch: usize,
    /// Whether the bytes of pictures are wanted.
    pictures: bool,
    /// The failure after which nothing more is sent.
    failure: Option<RemoteError>,
}

impl Reader {
    fn run(&mut self, job: Job) -> Answer {
        match job {
            Job::List(cursor) => Answer::Listed(
                self.unless_failed(|reader| reader.remote.changes(&reader.folder, cursor.as_ref())),
            ),
            Job::Fetch(ids) => Answer::Fetched(self.unless_failed(|reader| reader.fetch(&ids))),
        }
    }

    fn unless_failed<T>(
        &mut self,
        send: impl FnOnce(&Self) -> Result<T, RemoteError>,
    ) -> Result<T, RemoteError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let answer = send(self);
        self.failure = answer.as_ref().err().cloned();
        answer
    }

    fn fetch(&self, ids: &[ItemId]) -> Result<Vec<Fetched>, RemoteError> {
        let mut room = Room::new(self.pictures);
        for batch in ids.chunks(self.batch.max(1)) {
            room.fetch(self.remote.as_ref(), &self.folder, batch, &self.mapped)?;
        }
        Ok(room.into_fetched())
    }
}

enum Mode {
    Inline(Reader, VecDeque<Job>),
    Thread(Sender<Job>, Receiver<Answer>),
}

/// Requests in their order, answered in the same order.
pub(super) struct Ahead {
    mode: Mode,
}

impl Ahead {
    pub(super) fn new(
        remote: Arc<dyn Remote>,
        folder: FolderId,
        mapped: Arc<[Property]>,
        batch: usize,
    ) -> Self {
        let reader = Reader {
            remote,
            folder,
            mapped,
            batch,
            pictures: true,
            failure: None,
        };
        Self {
            mode: Mode::Inline(reader, VecDeque::new()),
        }
    }

    /// Of pictures nothing but their fingerprints is wanted.
    pub(super) fn without_pictures(mut self) -> Self {
        if let Mode::Inline(reader, _) = &mut self.mode {
            reader.pictures = false;
        }
        self
    }

    /// From now on requests are sent by a thread. Without one, which a machine short of memory may refuse, they are sent when
    /// their answers are wanted.
    pub(super) fn spawn(self) -> Self {
        let Mode::Inline(mut reader, jobs) = self.mode else {
            return self;
        };
        let (job_sender, job_receiver) = channel::<Job>();
        let (answer_sender, answer_receiver) = channel();
        let spare = Reader {
            remote: reader.remote.clone(),
            folder: reader.folder.clone(),
            mapped: reader.mapped.clone(),
            batch: reader.batch,
            pictures: reader.pictures,
            failure: None,
        };
        let thread = thread::Builder::new()
            .name("exchange-read-ahead".to_owned())
            .stack_size(512 * 1024)
            .spawn(move || {
                while let Ok(job) = job_receiver.recv() {
                    if answer_sender.send(reader.run(job)).is_err() {
                        return;
                    }
                }
            });
        if thread.is_err() {
            return Self {
                mode: Mode::Inline(spare, jobs),
            };
        }
        let mut ahead = Self {
            mode: Mode::Thread(job_sender, answer_receiver),
        };
        for job in jobs {
            ahead.submit(job);
        }
        ahead
    }

    pub(super) fn list(&mut self, cursor: Option<Cursor>) {
        self.submit(Job::List(cursor));
    }

    pub(super) fn fetch(&mut self, ids: Vec<ItemId>) {
        self.submit(Job::Fetch(ids));
    }

    fn submit(&mut self, job: Job) {
        match &mut self.mode {
            Mode::Inline(_, jobs) => jobs.push_back(job),
            Mode::Thread(sender, _) => {
                // A thread that ended early is noticed when its answer is wanted.
                let _ = sender.send(job);
            }
        }
    }

    pub(super) fn listed(&mut self) -> Result<ChangePage, RemoteError> {
        match self.answer() {
            Some(Answer::Listed(page)) => page,
            Some(Answer::Fetched(_)) | None => Err(lost()),
        }
    }

    pub(super) fn fetched(&mut self) -> Result<Vec<Fetched>, RemoteError> {
        match self.answer() {
            Some(Answer::Fetched(items)) => items,
            Some(Answer::Listed(_)) | None => Err(lost()),
        }
    }

    fn answer(&mut self) -> Option<Answer> {
        match &mut self.mode {
            Mode::Inline(reader, jobs) => jobs.pop_front().map(|job| reader.run(job)),
            Mode::Thread(_, receiver) => receiver.recv().ok(),
        }
    }
}

fn lost() -> RemoteError {
    RemoteError::new(
        RemoteClass::Transient,
        "reading ahead ended early; the next pull goes on from the last page",
    )
}
