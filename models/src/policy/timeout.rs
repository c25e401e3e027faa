//! # Timeout: no waiting beyond a time
//!
//! **What goes wrong without it.** A callee that hangs holds its caller's thread; a few seconds of requests
//! later the caller has no thread left, and hangs as well. So does its caller. Of all policies this one
//! comes first, for the others only help once a call *ends*.
//!
//! ```text
//!   enter --> inside --answer in time--> out, as it came
//!                 \
//!                  '---- time is up ----> out: timeout      (the work inside may go on!)
//! ```
//!
//! The layer only names the time; the machine watches it. When it is up, every layer further in is left as
//! *abandoned*, and the layers further out see a failure with cause `timeout`.
//!
//! | knob | unit | default | source |
//! |---|---|---|---|
//! | `after` | time from entering the layer | none: say how long. Hystrix: 1 s | `execution.isolation.thread.timeoutInMilliseconds` |
//! | `cancel` | yes, no | no | ours; as gRPC and HTTP/2 do, HTTP/1 does not |
//! | `deadline` | yes, no | no | ours; as gRPC's deadline propagation |
//!
//! **Pitfalls**
//! * *The caller is free, the callee is not.* The work, its thread, its connection and its place in a queue
//!   live on, and the answer is thrown away. Under overload a service can be kept fully busy with answers
//!   that nobody waits for. `cancel` tells the callee one network delay later; with `deadline` it knows
//!   beforehand and drops what is too late.
//! * A bulkhead inside the timeout is held until the work really ends. Add a second timeout inside it (the
//!   client's socket timeout) to bound that.
//! * Nested timeouts that grow inwards make every inner one useless: callers should wait longer than their
//!   callees.
//! * Outside a retry it bounds all attempts together, inside each one.
//! * A call on the caller's own thread (in-process, or behind a semaphore) cannot be left before it returns.
//!
//! ```
//! use archsim_models::policy::{Enter, Timeout, TimeoutSettings};
//! use archsim_sim::Span;
//!
//! let timeout = Timeout::new(TimeoutSettings { after: Span::from_secs(1), cancel: false, deadline: false });
//! assert_eq!(timeout.enter(), Enter::PassWithin(Span::from_secs(1)));
//! ```

use super::{Enter, TimeoutSettings};

/// A timeout. It has no state: the time of each call is the machine's to watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout {
    settings: TimeoutSettings,
}

impl Timeout {
    /// A timeout by these settings.
    pub const fn new(settings: TimeoutSettings) -> Self {
        Timeout { settings }
    }

    /// Lets the call pass, but asks for it back in time.
    pub const fn enter(&self) -> Enter {
        Enter::PassWithin(self.settings.after)
    }
}
