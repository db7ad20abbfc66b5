//! What is told reaches a webhook: one after the other, beside the work, and none is waited for.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use segue_engine::Failure;
use segue_project::config::{Occasion, Webhook};
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};

use super::{
    address::Address,
    message,
    reporter::{Note, Subject},
};

/// How long what is still on its way at the end of a command is waited for, of all webhooks together.
const END: Duration = Duration::from_secs(5);

/// Who brings messages to one webhook.
pub(super) struct Courier {
    hook: Webhook,
    /// The host, which is no secret.
    host: String,
    sender: Option<mpsc::UnboundedSender<Message>>,
    task: JoinHandle<()>,
    round: Arc<Round>,
    /// The wait that was told of last.
    told_wait: Option<u64>,
    has_complained: bool,
}

/// What the courier and the one who brings know of each other.
#[derive(Default)]
struct Round {
    /// Messages that have not arrived, and did not fail.
    on_the_way: AtomicUsize,
    /// The first one that failed, and why.
    trouble: Mutex<Option<String>>,
}

struct Message {
    occasion: Occasion,
    body: String,
}

impl Courier {
    /// # Errors
    /// An address that is none.
    pub(super) fn of(hook: &Webhook) -> Result<Self, Failure> {
        let address = Address::of(&hook.url, &hook.origin)?;
        let host = address.host().to_owned();
        let (sender, messages) = mpsc::unbounded_channel();
        let round = Arc::new(Round::default());
        let limit = match hook.timeout.is_zero() {
            true => Duration::MAX,
            false => hook.timeout,
        };
        let task = tokio::spawn(bring(address, messages, limit, Arc::clone(&round)));
        Ok(Self {
            hook: hook.clone(),
            host,
            sender: Some(sender),
            task,
            round,
            told_wait: None,
            has_complained: false,
        })
    }

    /// Takes a message, if it is one that the webhook hears of.
    pub(super) fn take(&mut self, note: &Note, subject: &Subject) {
        if !self.hook.on.contains(&note.occasion) {
            return;
        }
        if let Some((wait, lasted)) = note.wait {
            if lasted < self.hook.patience || self.told_wait == Some(wait) {
                return;
            }
            self.told_wait = Some(wait);
        }
        let message = Message {
            occasion: note.occasion,
            body: message::body(self.hook.shape, note, subject),
        };
        let Some(sender) = &self.sender else { return };
        self.round.on_the_way.fetch_add(1, Ordering::Relaxed);
        // it takes all until it is asked to end
        let _ = sender.send(message);
    }

    /// What there is to say of a message that did not arrive: once.
    pub(super) fn trouble(&mut self) -> Option<String> {
        if self.has_complained {
            return None;
        }
        let trouble = self.round.trouble().take()?;
        self.has_complained = true;
        Some(format!(
            "warning: the webhook at {} ({}) {trouble}; nothing waits for it",
            self.host, self.hook.origin
        ))
    }
}

impl Round {
    fn trouble(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        // what is in it is whole between any two statements
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Waits for what is on its way.
pub(super) async fn arrive(couriers: &mut [Courier]) {
    let all = async {
        for courier in couriers.iter_mut() {
            courier.sender = None;
        }
        for courier in couriers.iter_mut() {
            let _ = (&mut courier.task).await;
        }
    };
    if timeout(END, all).await.is_ok() {
        return;
    }
    for courier in couriers {
        let left = courier.round.on_the_way.load(Ordering::Relaxed);
        if left > 0 {
            let text = format!("has not taken {left} of what was to be told");
            courier.round.trouble().get_or_insert(text);
        }
    }
}

/// Brings what comes, until nobody sends any more.
async fn bring(
    address: Address,
    mut messages: mpsc::UnboundedReceiver<Message>,
    limit: Duration,
    round: Arc<Round>,
) {
    while let Some(Message { occasion, body }) = messages.recv().await {
        let trouble = match timeout(limit, address.post("application/json", body.into())).await {
            Ok(Ok(())) => None,
            Ok(Err(why)) => Some(why),
            Err(_) => Some(format!("did not answer within {} s", limit.as_secs_f64())),
        };
        round.on_the_way.fetch_sub(1, Ordering::Relaxed);
        if let Some(why) = trouble {
            let text = format!("did not take `{}`: it {why}", occasion.name());
            round.trouble().get_or_insert(text);
        }
    }
}
