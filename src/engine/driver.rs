//! One client's task on the network thread: it carries bytes and time to the session, and does
//! what the session asks for.

use std::collections::{HashMap, VecDeque};
use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use futures_util::future::{AbortHandle, Aborted, abortable, join_all};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::Sleep;

use crate::engine::batch::Batch;
use crate::engine::clock;
use crate::engine::connector::{self, ConnectOptions};
use crate::engine::http::Http;
use crate::engine::network::{self, Network};
use crate::engine::shared::{Outlet, Shared};
use crate::engine::watched::Watched;
use crate::engine::websocket::{Incoming, Socket};
use crate::error::{Error, Result, Status};
use crate::protocol::http::HttpResponse;
use crate::session::{
    Action, Command, ConnectionState, Ended, Event, EventKind, HttpId, RequestId, Session, Sink,
    Time, View,
};

/// Frames and commands taken in one go before events are handed over and frames written.
const BUDGET: usize = 256;

/// Bytes of frames that wait for the network. The application's own events are refused long before: 16
/// MiB of them, and 16 MiB that waited for their channels and go out together when those are there.
const MAX_UNSENT: usize = 48 * 1024 * 1024;

/// Connections that say goodbye at the same time. Each has what it still sends, for as long as its
/// server likes to read.
const MAX_GOODBYES: usize = 4;

/// Boxed, since a channel has room for many from the start.
type Commanded = Box<(RequestId, Command)>;
type CommandReceiver = mpsc::UnboundedReceiver<Commanded>;

/// Where a client's commands go.
#[derive(Clone)]
pub struct CommandSender(mpsc::UnboundedSender<Commanded>);

impl CommandSender {
    /// None where nobody is left to receive it.
    pub fn send(&self, request: RequestId, command: Command) -> Option<()> {
        self.0.send(Box::new((request, command))).ok()
    }
}

/// Starts a client's task.
#[allow(clippy::disallowed_methods)] // The engine is where tasks are spawned.
pub fn spawn(
    network: &Arc<Network>,
    session: Session,
    options: ConnectOptions,
    shared: Arc<Shared>,
) -> CommandSender {
    let (sender, commands) = mpsc::unbounded_channel();
    let (weak, counter) = (sender.downgrade(), Arc::downgrade(&shared));
    network.on_clock_jump(move |jumped| {
        let (Some(sender), Some(shared)) = (weak.upgrade(), counter.upgrade()) else {
            return false;
        };
        if jumped {
            shared.commands.fetch_add(1, Ordering::AcqRel);
            return CommandSender(sender).send(0, Command::NetworkChanged).is_some();
        }
        true
    });
    let watched = Arc::new(Watched::new(session, options));
    // Nobody else sets it.
    let _ = shared.watched.set(Arc::clone(&watched));
    let openings = network.openings();
    // Boxed: a task keeps its place twice for what it is given and what it makes of it.
    let entered = network.handle().enter(); // for its timer
    let mut driver = Box::new(Driver::new(watched, commands, Arc::clone(&shared), openings));
    drop(entered);
    let for_panic = shared;
    // Until the driver has ended it has a thread to run on, even where the client is let go of before:
    // by its own callback, on this very thread.
    let running_on = Arc::clone(network);
    network.handle().spawn(async move {
        // A bug, in here or where the events are delivered, ends this client, and neither the host
        // nor the other clients.
        let panicked = tokio::select! {
            result = AssertUnwindSafe(driver.run()).catch_unwind() => result.is_err(),
            () = for_panic.broken.notified() => true,
        };
        // What it still has to tell, it tells first.
        drop(driver);
        if panicked {
            fail_all(&for_panic);
        }
        // Before the end is told, so that whoever waits for it can join the thread.
        drop(running_on);
        for_panic.driver_ended();
    });
    CommandSender(sender)
}

/// The connection, or the attempt to make one.
enum Link {
    Down,
    Opening(Pin<Box<dyn Future<Output = Result<Socket>> + Send>>),
    Up(Box<Socket>),
}

/// An HTTP request under way, which may be cancelled.
type Exchange = Pin<Box<dyn Future<Output = Result<Answered, Aborted>> + Send>>;
type Answered = (HttpId, Result<HttpResponse>);

struct Driver {
    /// The session, which is locked for each turn of the driver, and its clock.
    watched: Arc<Watched>,
    openings: Arc<Semaphore>,
    commands: CommandReceiver,
    /// Bytes that commands of this turn carried.
    taken: usize,
    shared: Arc<Shared>,
    link: Link,
    batch: Batch,
    timer: Pin<Box<Sleep>>,
    paused: bool,
    http: Option<Http>,
    exchanges: FuturesUnordered<Exchange>,
    /// By which each of them is cancelled.
    cancels: HashMap<HttpId, AbortHandle>,
    /// Oldest first.
    goodbyes: VecDeque<JoinHandle<()>>,
}

impl Driver {
    fn new(
        watched: Arc<Watched>,
        commands: CommandReceiver,
        shared: Arc<Shared>,
        openings: Arc<Semaphore>,
    ) -> Driver {
        let timer = Box::pin(tokio::time::sleep_until(watched.origin));
        Driver {
            watched,
            openings,
            commands,
            taken: 0,
            shared,
            link: Link::Down,
            batch: Batch::default(),
            timer,
            paused: false,
            http: None,
            exchanges: FuturesUnordered::new(),
            cancels: HashMap::new(),
            goodbyes: VecDeque::new(),
        }
    }

    async fn run(&mut self) {
        while !self.watched.session().is_closed() {
            poll_fn(|cx| self.poll(cx)).await;
            self.shared.hand_over(&mut self.batch);
        }
        // They have been cancelled, and nobody polls them any more.
        self.exchanges.clear();
        self.refuse_late_commands().await;
        self.shared.hand_over(&mut self.batch);
        self.say_goodbye().await;
    }

    /// Until all goodbyes are said, or nobody wants to wait for them.
    async fn say_goodbye(&mut self) {
        if self.goodbyes.is_empty() {
            return;
        }
        let aborts: Vec<_> = self.goodbyes.iter().map(JoinHandle::abort_handle).collect();
        // Lets each send its close frame, even where nobody will wait for the server's.
        tokio::task::yield_now().await;
        tokio::select! {
            _ = join_all(self.goodbyes.drain(..)) => {}
            () = self.shared.abort.notified() => aborts.iter().for_each(|goodbye| goodbye.abort()),
        }
    }

    /// Ready as soon as anything has happened.
    ///
    /// What the session asks for is done before anything else is looked at: nothing of a connection
    /// that it has given up must reach it any more.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let watched = Arc::clone(&self.watched);
        let session = &mut *watched.session();
        let mut now = watched.now();
        let mut progress = self.poll_commands(session, now, cx);
        self.act(session);
        self.tell_taken();
        progress |= self.poll_link(session, &mut now, cx);
        self.act(session);
        progress |= self.poll_exchanges(session, now, cx);
        self.act(session);
        progress |= self.poll_timer(session, now, cx);
        self.act(session);
        if progress { Poll::Ready(()) } else { Poll::Pending }
    }

    fn poll_commands(&mut self, session: &mut Session, now: Time, cx: &mut Context<'_>) -> bool {
        let mut progress = false;
        for _ in 0..BUDGET {
            let (request, command) = match self.commands.poll_recv(cx) {
                Poll::Pending => break,
                Poll::Ready(Some(commanded)) => *commanded,
                // Every handle is gone.
                Poll::Ready(None) => (0, Command::Close),
            };
            self.shared.command_seen();
            self.taken += command.bytes();
            let mut outlet = Outlet { batch: &mut self.batch, shared: &self.shared };
            session.command(now, request, command, &mut outlet);
            progress = true;
            if session.is_closed() {
                break;
            }
        }
        progress
    }

    /// What the commands carried has become frames that wait, is kept by the session, within bounds of
    /// its own, or came to nothing. Told in this order, so that there is no moment at which it counts
    /// as neither and others take its place.
    fn tell_taken(&mut self) {
        let taken = std::mem::take(&mut self.taken);
        if taken == 0 {
            return;
        }
        if let Link::Up(socket) = &self.link {
            self.shared.unsent.store(socket.unsent(), Ordering::Release);
        }
        self.shared.bytes_seen(taken);
    }

    /// Moves `now` on where something is sent: an answer to it that is there at once is not to have come
    /// in no time.
    fn poll_link(&mut self, session: &mut Session, now: &mut Time, cx: &mut Context<'_>) -> bool {
        match &mut self.link {
            Link::Down => false,
            Link::Opening(opening) => match opening.as_mut().poll(cx) {
                Poll::Pending => false,
                Poll::Ready(Ok(socket)) => {
                    self.link = Link::Up(Box::new(socket));
                    let mut outlet = Outlet { batch: &mut self.batch, shared: &self.shared };
                    session.handle_opened(*now, &mut outlet);
                    true
                }
                Poll::Ready(Err(error)) => {
                    self.ended(session, *now, Ended::failed(error));
                    true
                }
            },
            Link::Up(socket) => {
                let sends = socket.unsent() > 0;
                if let Poll::Ready(Err(ended)) = socket.poll_write(cx) {
                    // The server's reason may lie in the socket, unread.
                    self.poll_socket(session, *now, cx);
                    if matches!(self.link, Link::Up(_)) {
                        self.ended(session, *now, ended);
                    }
                    return true;
                }
                if socket.unsent() > MAX_UNSENT {
                    let text = "the server does not read what is sent; connecting again";
                    self.ended(session, *now, Ended::failed(Error::new(Status::Network, text)));
                    return true;
                }
                self.shared.unsent.store(socket.unsent(), Ordering::Release);
                if sends {
                    *now = self.watched.now();
                }
                self.poll_socket(session, *now, cx)
            }
        }
    }

    fn poll_socket(&mut self, session: &mut Session, now: Time, cx: &mut Context<'_>) -> bool {
        if self.is_paused(session, now, cx) {
            return false;
        }
        let mut progress = false;
        for _ in 0..BUDGET {
            // Not much more than there is room for, so that a small queue is one, and a frame that
            // makes many events does not make them in one go with others.
            let is_enough = self.batch.is_large() || !self.shared.queue.has_room_for(&self.batch);
            if progress && is_enough {
                break;
            }
            let Link::Up(socket) = &mut self.link else { break };
            let Poll::Ready(incoming) = socket.poll_read(cx) else { break };
            if !progress {
                // Once for what was read together.
                session.set_wall_clock(clock::unix_ms());
                progress = true;
            }
            let mut outlet = Outlet { batch: &mut self.batch, shared: &self.shared };
            match incoming {
                Incoming::Text(frame) => session.handle_text(now, frame, &mut outlet),
                Incoming::Binary => session.handle_binary(now, &mut outlet),
                Incoming::Control => session.handle_control(now),
                Incoming::Ended(ended) => {
                    self.acknowledge_close();
                    self.ended(session, now, ended);
                    break;
                }
            }
            self.act(session);
        }
        progress
    }

    /// Whether the socket is to be left unread, because the application does not keep up.
    fn is_paused(&mut self, session: &mut Session, now: Time, cx: &mut Context<'_>) -> bool {
        let queue = &self.shared.queue;
        // Until the handshake is over there is no flood, and there is a deadline.
        let full = if self.paused { !queue.has_room() } else { queue.is_full() };
        if full && session.is_connected() {
            queue.wake_on_room(cx.waker());
            // Once more: it may have drained between the look and the registration.
            if !queue.has_room() {
                self.set_paused(session, now, true);
                return true;
            }
        }
        queue.reading_again();
        self.set_paused(session, now, false);
        false
    }

    fn set_paused(&mut self, session: &mut Session, now: Time, paused: bool) {
        if self.paused != paused {
            self.paused = paused;
            let mut outlet = Outlet { batch: &mut self.batch, shared: &self.shared };
            session.set_paused(now, paused, &mut outlet);
        }
    }

    fn poll_exchanges(&mut self, session: &mut Session, now: Time, cx: &mut Context<'_>) -> bool {
        let mut progress = false;
        while let Poll::Ready(Some(ended)) = self.exchanges.poll_next_unpin(cx) {
            progress = true;
            // Of one that was cancelled the session wants to hear no more.
            let Ok((id, result)) = ended else { continue };
            self.cancels.remove(&id);
            let mut outlet = Outlet { batch: &mut self.batch, shared: &self.shared };
            session.handle_http(now, id, result, &mut outlet);
        }
        progress
    }

    fn poll_timer(&mut self, session: &mut Session, now: Time, cx: &mut Context<'_>) -> bool {
        let Some(due) = session.poll_timeout() else { return false };
        let due_at = self.watched.origin + due.as_duration();
        // A later deadline needs no new timer: the old one fires early, and is set again then.
        if due_at < self.timer.deadline() || self.timer.is_elapsed() {
            self.timer.as_mut().reset(due_at);
        }
        if self.timer.as_mut().poll(cx).is_pending() {
            return false;
        }
        let mut outlet = Outlet { batch: &mut self.batch, shared: &self.shared };
        session.handle_timeout(now, &mut outlet);
        true
    }

    fn ended(&mut self, session: &mut Session, now: Time, ended: Ended) {
        self.take_down();
        let mut outlet = Outlet { batch: &mut self.batch, shared: &self.shared };
        session.handle_closed(now, ended, &mut outlet);
    }

    /// Forgets the connection, and that reading from it was paused.
    fn take_down(&mut self) -> Link {
        self.shared.unsent.store(0, Ordering::Release);
        self.shared.queue.reading_again();
        self.paused = false;
        std::mem::replace(&mut self.link, Link::Down)
    }

    /// Does what the session asks for.
    fn act(&mut self, session: &mut Session) {
        while let Some(action) = session.poll_action() {
            match action {
                Action::Open { url } => {
                    let options = self.watched.options.clone();
                    let open = async move || connector::connect(url, options).await;
                    let opening = network::opening(Arc::clone(&self.openings), open);
                    self.link = Link::Opening(Box::pin(opening));
                }
                Action::Send(frame) => {
                    if let Link::Up(socket) = &mut self.link {
                        socket.send(&frame);
                    }
                }
                Action::Close { code } => {
                    if let Link::Up(socket) = self.take_down() {
                        self.part(socket.goodbye(code));
                    }
                }
                Action::Abandon => drop(self.take_down()),
                Action::Http { id, request, timeout } => {
                    let http = self
                        .http
                        .get_or_insert_with(|| Http::new(Arc::clone(&self.watched.options.dialer)))
                        .clone();
                    let exchange = http.send(request, timeout).map(move |result| (id, result));
                    let (exchange, cancel) = abortable(exchange);
                    self.exchanges.push(Box::pin(exchange));
                    self.cancels.insert(id, cancel);
                }
                Action::CancelHttp { id } => {
                    // What it holds, its socket above all, is let go of when it is polled next.
                    if let Some(cancel) = self.cancels.remove(&id) {
                        cancel.abort();
                    }
                }
            }
        }
    }

    fn acknowledge_close(&mut self) {
        if let Link::Up(socket) = self.take_down() {
            self.part(socket.acknowledge());
        }
    }

    /// Ends a connection politely beside whatever comes next.
    #[allow(clippy::disallowed_methods)] // The engine is where tasks are spawned.
    fn part(&mut self, goodbye: impl Future<Output = ()> + Send + 'static) {
        self.goodbyes.retain(|goodbye| !goodbye.is_finished());
        if self.goodbyes.len() >= MAX_GOODBYES
            && let Some(oldest) = self.goodbyes.pop_front()
        {
            oldest.abort();
        }
        self.goodbyes.push_back(tokio::spawn(goodbye));
    }

    /// Requests that were made while the client was closing. Waits for those that are just being
    /// sent by another thread: what was accepted is completed.
    async fn refuse_late_commands(&mut self) {
        self.commands.close();
        while let Some(commanded) = self.commands.recv().await {
            let (request, command) = *commanded;
            self.shared.command_seen();
            self.shared.bytes_seen(command.bytes());
            let now = self.watched.now();
            let mut outlet = Outlet { batch: &mut self.batch, shared: &self.shared };
            self.watched.session().command(now, request, command, &mut outlet);
        }
    }
}

impl Drop for Driver {
    /// After a bug, too: what was told as done has to arrive.
    fn drop(&mut self) {
        self.shared.hand_over(&mut self.batch);
        // There are some only after a bug: otherwise they have been waited for.
        self.goodbyes.iter().for_each(JoinHandle::abort);
    }
}

/// After a bug: the connection failed, and so did everything that was pending.
fn fail_all(shared: &Shared) {
    let text = "a bug in pusherws stopped this client; please report it. Free the client and make \
                a new one";
    let error = Error::new(Status::Panic, text);
    let mut batch = Batch::default();
    let mut outlet = Outlet { batch: &mut batch, shared };
    let previous_state = shared.lookup.lock().state;
    outlet.view(View::Connection { state: ConnectionState::Failed, socket_id: None });
    outlet.event(&Event::error(&error));
    outlet.event(&Event {
        state: ConnectionState::Failed,
        previous_state,
        status: Status::Panic,
        ..Event::new(EventKind::StateChange, "pusher:state_change").with_text(text)
    });
    for request in shared.completions.pending() {
        outlet.event(&Event::completed(request, Err(&error)));
    }
    shared.hand_over(&mut batch);
}
