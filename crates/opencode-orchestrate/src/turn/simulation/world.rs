//! Virtual time, and tasks that run on it in an order that a seed chooses.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use opencode_wire::ids::{Clock, MessageId};

/// Tasks that live and die together: those of a process, of the server, of the network.
pub(super) type Group = u32;

/// The group of what no fault ever ends.
pub(super) const NATURE: Group = 0;

/// How many lines of the trace are kept.
const TRACE: usize = 1_500;

/// Virtual time, chance, and the tasks that live by them. Clones are the same world.
#[derive(Clone)]
pub(super) struct World(Arc<Inner>);

struct Inner {
    /// Microseconds since the world began.
    now: AtomicU64,
    random: Mutex<fastrand::Rng>,
    tasks: Mutex<Vec<Task>>,
    spawned: Mutex<Vec<Task>>,
    timers: Mutex<Timers>,
    /// Groups that stand still, and until when.
    frozen: Mutex<BTreeMap<Group, Duration>>,
    dead: Mutex<BTreeSet<Group>>,
    groups: AtomicU64,
    broken: Mutex<Option<String>>,
    /// What has happened, if anybody wants to read it.
    trace: Option<Mutex<VecDeque<String>>>,
}

#[derive(Default)]
struct Timers {
    last: u64,
    at: BTreeMap<(Duration, u64), Waker>,
}

struct Task {
    group: Group,
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    flag: Arc<Flag>,
    is_cancelled: Arc<AtomicBool>,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How many steps a world may take.
const STEPS: usize = 500_000;

/// Why the world stands still.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// What was waited for has come.
    Done,
    /// It has not come in time, or something goes round and round at one instant.
    Late,
}

impl World {
    pub(super) fn new(seed: u64, is_traced: bool) -> Self {
        Self(Arc::new(Inner {
            now: AtomicU64::new(0),
            random: Mutex::new(fastrand::Rng::with_seed(seed)),
            tasks: Mutex::default(),
            spawned: Mutex::default(),
            timers: Mutex::default(),
            frozen: Mutex::default(),
            dead: Mutex::default(),
            groups: AtomicU64::new(u64::from(NATURE)),
            broken: Mutex::default(),
            trace: is_traced.then(Mutex::default),
        }))
    }

    pub(super) fn now(&self) -> Duration {
        Duration::from_micros(self.0.now.load(Ordering::Relaxed))
    }

    /// A number from a range.
    pub(super) fn pick(&self, range: std::ops::RangeInclusive<u64>) -> u64 {
        lock(&self.0.random).u64(range)
    }

    /// A length of time, in milliseconds from a range.
    pub(super) fn millis(&self, range: std::ops::RangeInclusive<u64>) -> Duration {
        Duration::from_millis(self.pick(range))
    }

    pub(super) fn chance(&self, percent: u64) -> bool {
        percent > 0 && self.pick(1..=100) <= percent
    }

    pub(super) fn new_group(&self) -> Group {
        u32::try_from(self.0.groups.fetch_add(1, Ordering::Relaxed) + 1).expect("there are few groups")
    }

    /// Notes what happens.
    pub(super) fn tell(&self, what: impl FnOnce() -> String) {
        let Some(trace) = &self.0.trace else { return };
        let mut trace = lock(trace);
        if trace.len() == TRACE {
            trace.pop_front();
        }
        trace.push_back(format!("{:>12.6} {}", self.now().as_secs_f64(), what()));
    }

    /// What has happened, a line for each thing; only the end of it when it was much.
    pub(super) fn trace(&self) -> String {
        let Some(trace) = &self.0.trace else { return String::new() };
        lock(trace).iter().map(|line| format!("{line}\n")).collect()
    }

    /// Notes that an invariant does not hold; the first one counts.
    pub(super) fn violate(&self, what: impl Into<String>) {
        let what = what.into();
        self.tell(|| format!("VIOLATION {what}"));
        lock(&self.0.broken).get_or_insert(what);
    }

    pub(super) fn violation(&self) -> Option<String> {
        lock(&self.0.broken).clone()
    }

    /// Lets a task run. It goes on when the handle is dropped.
    pub(super) fn spawn(&self, group: Group, future: impl Future<Output = ()> + Send + 'static) -> Handle {
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let task = Task {
            group,
            future: Box::pin(future),
            flag: Arc::new(Flag(AtomicBool::new(true))),
            is_cancelled: Arc::clone(&is_cancelled),
        };
        lock(&self.0.spawned).push(task);
        Handle(is_cancelled)
    }

    /// Ends every task of a group at whatever it waits for.
    pub(super) fn kill(&self, group: Group) {
        lock(&self.0.dead).insert(group);
    }

    /// Lets a group stand still for a while.
    pub(super) fn freeze(&self, group: Group, time: Duration) {
        let until = self.now() + time;
        lock(&self.0.frozen).insert(group, until);
        self.set_timer(until, Waker::noop().clone());
    }

    /// Waits.
    pub(super) fn sleep(&self, time: Duration) -> Sleep {
        self.sleep_until(self.now() + time)
    }

    pub(super) fn sleep_until(&self, at: Duration) -> Sleep {
        Sleep { world: self.clone(), at, is_set: false }
    }

    fn set_timer(&self, at: Duration, waker: Waker) {
        let mut timers = lock(&self.0.timers);
        timers.last += 1;
        let key = (at, timers.last);
        timers.at.insert(key, waker);
    }

    /// Lets everything run until it is done, something is broken, or the time is over.
    pub(super) fn run(&self, until: Duration, is_done: impl Fn() -> bool) -> Halt {
        for _ in 0..STEPS {
            if self.violation().is_some() || is_done() {
                return Halt::Done;
            }
            if !self.poll_one() && !self.pass_time(until) {
                return Halt::Late;
            }
        }
        Halt::Late
    }

    /// Ends everything: tasks hold the world, and the world holds them.
    pub(super) fn end(&self) {
        let tasks = std::mem::take(&mut *lock(&self.0.tasks));
        drop(tasks);
        let spawned = std::mem::take(&mut *lock(&self.0.spawned));
        drop(spawned);
        lock(&self.0.timers).at.clear();
    }

    /// Lets one task go on that can; `false` when there is none.
    fn poll_one(&self) -> bool {
        let mut tasks = lock(&self.0.tasks);
        tasks.append(&mut lock(&self.0.spawned));
        let dead = std::mem::take(&mut *lock(&self.0.dead));
        let is_over =
            |task: &mut Task| dead.contains(&task.group) || task.is_cancelled.load(Ordering::Relaxed);
        let ended: Vec<Task> = tasks.extract_if(.., is_over).collect();
        let now = self.now();
        let frozen = lock(&self.0.frozen).clone();
        let may_run = |task: &Task| {
            task.flag.0.load(Ordering::Relaxed) && frozen.get(&task.group).is_none_or(|until| *until <= now)
        };
        let ready = (0..tasks.len()).filter(|index| may_run(&tasks[*index]));
        let ready: Vec<usize> = ready.collect();
        let picked = match ready[..] {
            [] => None,
            [only] => Some(only),
            _ => Some(ready[lock(&self.0.random).usize(..ready.len())]),
        };
        let mut task = picked.map(|index| tasks.remove(index));
        drop(tasks);
        // What ends here may wake others, or have something to say.
        drop(ended);
        let Some(running) = &mut task else { return false };
        running.flag.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&running.flag));
        if running.future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            lock(&self.0.tasks).extend(task);
        }
        true
    }

    /// Goes on to the next instant at which something is to happen; `false` when there is none in time.
    fn pass_time(&self, until: Duration) -> bool {
        let next = lock(&self.0.timers).at.pop_first();
        let Some(((at, _), waker)) = next.filter(|((at, _), _)| *at <= until) else { return false };
        let at = u64::try_from(at.as_micros()).expect("no world is that old");
        self.0.now.fetch_max(at, Ordering::Relaxed);
        waker.wake();
        true
    }
}

impl Clock for World {
    fn unix_millis(&self) -> u64 {
        1_767_225_600_000 + u64::try_from(self.now().as_millis()).unwrap_or_default()
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("World").field("now", &self.now()).finish_non_exhaustive()
    }
}

/// A task that was let run.
pub(super) struct Handle(Arc<AtomicBool>);

impl Handle {
    /// Ends the task at whatever it waits for.
    pub(super) fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Waits for an instant.
pub(super) struct Sleep {
    world: World,
    at: Duration,
    is_set: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.world.now() >= self.at {
            return Poll::Ready(());
        }
        if !self.is_set {
            self.is_set = true;
            self.world.set_timer(self.at, context.waker().clone());
        }
        Poll::Pending
    }
}

/// A message id as servers and clients mint them: the time, and something of its own.
pub(super) fn message_id(world: &World, number: u64) -> MessageId {
    MessageId::from_wire(&format!("msg_{:012x}{number:014x}", (world.unix_millis() << 12) & 0xffff_ffff_ffff))
}

/// Locks what only one thread ever uses.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("a world has one thread, which has not panicked")
}
