//! Natural batching: while one batch is in the database the next one gathers. No timers: an idle server writes a lone
//! item at once, a busy one writes as many as came meanwhile.
//!
//! Each caller is answered only after the transaction that holds its item has committed, with its own result. An item
//! that was handed over is written even when its caller has hung up.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::errors::Error;
use crate::metrics::BatchMetrics;

/// Most statements more than one for a batch in which some item fails the whole.
const MOST_SPLITS: usize = 64;

/// What is done with a batch.
pub trait Write: Send + Sync + 'static {
    type Item: Send + Sync + 'static;
    type Done: Send + 'static;

    /// Writes all items in one transaction: one result an item in their order, or an error and nothing written.
    fn write(&self, items: &[Self::Item])
    -> impl Future<Output = Result<Vec<Result<Self::Done, Error>>, Error>> + Send;
}

/// How large batches and their queue may become, and how many batches may be in the database at once.
#[derive(Clone, Copy)]
pub struct Bounds {
    pub items: usize,
    pub queue: usize,
    pub writers: usize,
}

type Answer<W> = Result<<W as Write>::Done, Error>;
type Job<W> = (<W as Write>::Item, oneshot::Sender<Answer<W>>);

/// Takes items for the next batch.
pub struct Batches<W: Write> {
    queue: mpsc::Sender<Job<W>>,
}

impl<W: Write> Clone for Batches<W> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone() }
    }
}

impl<W: Write> Batches<W> {
    /// Starts the writers. They end when every clone of the answer is dropped and all that was handed over is written.
    pub fn start(write: W, bounds: Bounds, metrics: BatchMetrics) -> (Self, Vec<JoinHandle<()>>) {
        let (sender, receiver) = mpsc::channel(bounds.queue);
        let (write, receiver) = (Arc::new(write), Arc::new(Mutex::new(receiver)));
        let writers = (0..bounds.writers)
            .map(|_| tokio::spawn(work(Arc::clone(&write), Arc::clone(&receiver), bounds.items, metrics.clone())))
            .collect();
        (Self { queue: sender }, writers)
    }

    /// Hands an item over and waits until it is committed or refused.
    pub async fn write(&self, item: W::Item) -> Answer<W> {
        let (sender, receiver) = oneshot::channel();
        self.queue.try_send((item, sender)).map_err(|_| Error::Busy)?;
        receiver.await.unwrap_or(Err(Error::Panic))
    }

    /// Items that wait.
    pub fn depth(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }
}

async fn work<W: Write>(write: Arc<W>, queue: Arc<Mutex<mpsc::Receiver<Job<W>>>>, most: usize, metrics: BatchMetrics) {
    let mut jobs = Vec::new();
    while gather(&mut *queue.lock().await, &mut jobs, most).await > 0 {
        let started = Instant::now();
        let (items, callers): (Vec<_>, Vec<_>) = jobs.drain(..).unzip();
        let write = Arc::clone(&write);
        // A task of its own, so that a panic costs one batch and not the writer.
        let results = tokio::spawn(async move { settle(&*write, &items).await }).await;
        metrics.written(callers.len(), started.elapsed());
        // Without results the callers' channels close, which tells them of the panic.
        for (caller, result) in callers.into_iter().zip(results.unwrap_or_default()) {
            // An error means that the caller has hung up.
            drop(caller.send(result));
        }
    }
}

/// Waits for an item, and takes along those whose requests are being read at this moment: one commit for all of them
/// is cheaper than one for the quickest and another for the rest. An idle server loses no time over it.
async fn gather<J>(queue: &mut mpsc::Receiver<J>, jobs: &mut Vec<J>, most: usize) -> usize {
    let mut gathered = queue.recv_many(jobs, most).await;
    loop {
        tokio::task::yield_now().await;
        match most - jobs.len() {
            room if room > 0 && !queue.is_empty() => gathered += queue.recv_many(jobs, room).await,
            _ => return gathered,
        }
    }
}

/// Writes the items. A batch that fails because of what is in it is split until the items to blame stand alone.
async fn settle<W: Write>(write: &W, items: &[W::Item]) -> Vec<Answer<W>> {
    let mut results = Vec::with_capacity(items.len());
    let mut waiting = VecDeque::from([items]);
    let mut splits = 0;
    while let Some(items) = waiting.pop_front() {
        match attempt(write, items).await {
            Ok(done) => results.extend(done),
            Err(error) if items.len() > 1 && splits < MOST_SPLITS && may_be_one_item(&error) => {
                splits += 2;
                let (first, second) = items.split_at(items.len() / 2);
                waiting.push_front(second);
                waiting.push_front(first);
            }
            Err(error) => {
                error.log_once();
                let error = Arc::new(error);
                results.extend(items.iter().map(|_| Err(Error::Batch(Arc::clone(&error)))));
            }
        }
    }
    results
}

/// Writes the items at once, a second time when another transaction was in the way.
async fn attempt<W: Write>(write: &W, items: &[W::Item]) -> Result<Vec<Answer<W>>, Error> {
    let results = match write.write(items).await {
        Err(error) if matches!(error.sqlstate(), Some("40001" | "40P01")) => write.write(items).await?,
        results => results?,
    };
    match results.len() == items.len() {
        true => Ok(results),
        false => Err(Error::Unwritable("the database did not answer every element of a batch".into())),
    }
}

/// Whether the error may come from one item, and certainly means that nothing was written. After a broken connection
/// nobody knows; then the items are not written again.
fn may_be_one_item(error: &Error) -> bool {
    matches!(
        error.sqlstate().and_then(|sqlstate| sqlstate.get(..2)),
        Some("21" | "22" | "23" | "40" | "54" | "P0" | "XX")
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as StdMutex;
    use std::time::Duration;

    use super::*;

    /// Writes numbers; 13 spoils every batch it is in, 42 is refused alone, and the first batch is slow.
    #[derive(Default)]
    struct Numbers {
        batches: Arc<StdMutex<Vec<Vec<u32>>>>,
        lost_races: StdMutex<u32>,
    }

    fn refused(sqlstate: &str) -> Error {
        Error::Refused { sqlstate: sqlstate.to_owned(), message: "no".to_owned() }
    }

    impl Write for Numbers {
        type Item = u32;
        type Done = u32;

        async fn write(&self, items: &[u32]) -> Result<Vec<Result<u32, Error>>, Error> {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if items.contains(&13) {
                return Err(refused("22021"));
            }
            if items.contains(&99) {
                let mut races = self.lost_races.lock().unwrap();
                *races += 1;
                if *races == 1 {
                    return Err(refused("40P01"));
                }
            }
            if items.contains(&500) {
                return Err(refused("42883"));
            }
            self.batches.lock().unwrap().push(items.to_vec());
            Ok(items.iter().map(|&item| if item == 42 { Err(refused("P0002")) } else { Ok(item * 2) }).collect())
        }
    }

    async fn run(items: &[u32], bounds: Bounds) -> (Vec<Result<u32, Error>>, Vec<Vec<u32>>) {
        let numbers = Numbers::default();
        let batches = Arc::clone(&numbers.batches);
        let (queue, writers) = Batches::start(numbers, bounds, BatchMetrics::default());
        let callers: Vec<_> = items
            .iter()
            .map(|&item| {
                let queue = queue.clone();
                tokio::spawn(async move { queue.write(item).await })
            })
            .collect();
        let mut results = Vec::new();
        for caller in callers {
            results.push(caller.await.unwrap());
        }
        drop(queue);
        for writer in writers {
            writer.await.unwrap();
        }
        let batches = batches.lock().unwrap().clone();
        (results, batches)
    }

    const BOUNDS: Bounds = Bounds { items: 1_000, queue: 1_000, writers: 1 };

    #[tokio::test]
    async fn what_comes_meanwhile_is_one_batch() {
        let items: Vec<u32> = (100..300).collect();
        let (results, batches) = run(&items, BOUNDS).await;
        assert!(results.iter().zip(&items).all(|(result, item)| matches!(result, Ok(done) if *done == item * 2)));
        assert!(batches.len() <= 3, "{} batches", batches.len());
    }

    #[tokio::test]
    async fn batches_are_bounded() {
        let (_, batches) = run(&(100..150).collect::<Vec<_>>(), Bounds { items: 8, ..BOUNDS }).await;
        assert!(batches.iter().all(|batch| batch.len() <= 8));
    }

    #[tokio::test]
    async fn one_item_does_not_spoil_the_others() {
        let items = [1, 2, 13, 42, 5, 6, 7, 8];
        let (results, _) = run(&items, BOUNDS).await;
        for (result, item) in results.iter().zip(items) {
            match item {
                13 | 42 => assert!(result.is_err()),
                item => assert!(matches!(result, Ok(done) if *done == item * 2), "{item}"),
            }
        }
    }

    #[tokio::test]
    async fn a_deadlock_is_tried_again() {
        let (results, _) = run(&[99], BOUNDS).await;
        assert!(matches!(results[..], [Ok(198)]));
    }

    #[tokio::test]
    async fn what_fails_for_all_is_not_split() {
        let (results, batches) = run(&[500, 500, 500], Bounds { items: 3, ..BOUNDS }).await;
        assert!(results.iter().all(|result| matches!(result, Err(Error::Batch(_)))));
        assert!(batches.is_empty());
    }

    #[tokio::test]
    async fn a_full_queue_refuses() {
        let (results, _) = run(&(100..200).collect::<Vec<_>>(), Bounds { items: 1, queue: 4, writers: 1 }).await;
        assert!(results.iter().any(|result| matches!(result, Err(Error::Busy))));
        assert!(results.iter().any(Result::is_ok));
    }

    #[tokio::test]
    async fn who_hangs_up_is_written_all_the_same() {
        let numbers = Numbers::default();
        let batches = Arc::clone(&numbers.batches);
        let (queue, writers) = Batches::start(numbers, BOUNDS, BatchMetrics::default());
        let hasty = tokio::spawn({
            let queue = queue.clone();
            async move { queue.write(7).await }
        });
        tokio::time::sleep(Duration::from_millis(5)).await;
        hasty.abort();
        assert!(matches!(queue.write(8).await, Ok(16)));
        drop(queue);
        for writer in writers {
            writer.await.unwrap();
        }
        let written: Vec<u32> = batches.lock().unwrap().concat();
        assert_eq!(written, [7, 8]);
    }
}
