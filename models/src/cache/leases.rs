//! Leases: one reader of a missed key may bring it, the others wait for it, and what was read before a write is not
//! stored after it.
//!
//! Without them a key that is read often and written often is read from the database by everybody who comes between
//! the write's deletion and the first fill, again and again; and a reader that was slow stores what it had read
//! before the write. With them whoever misses is handed a token for the key; for a while after that (10 s) nobody
//! else is. A fill is stored only with the token that is good, and a deletion withdraws it. Who is handed none waits
//! and asks again, or takes what was there before it was taken out. Source: Nishtala et al., "Scaling Memcache at
//! Facebook", NSDI 2013, section 3.2.1.
//!
//! ```text
//!   (nothing) --a miss: token--> out --fill with it--> filled --a miss (evicted, too old): token--> out
//!                                 |                      |
//!                                 '------deletion--------'--> withdrawn --a miss, `every` after the token--> out
//! ```
//!
//! A key whose item has been evicted, or has become too old, is as one that never had a token. One that was deleted
//! is not: that the next token waits until `every` is over is what bounds the reads of a key that is written all the time.
//!
//! ```
//! use archsim_models::cache::leases::{Answer, LeaseTable};
//! use archsim_sim::{Span, Time};
//!
//! let mut leases = LeaseTable::new(Span::from_secs(10), Span::ZERO);
//! let start = Time::ZERO;
//! let Answer::Token(token) = leases.ask(start, 7) else { panic!("nobody has it") };
//! assert_eq!(leases.ask(start, 7), Answer::Wait);
//! leases.deleted(start, 7, false);
//! assert!(!leases.accepts(start, 7, token), "a write came in between");
//! assert!(matches!(leases.ask(start + Span::from_secs(10), 7), Answer::Token(_)));
//! ```

use std::collections::VecDeque;

use archsim_sim::{Key, Span, Time, mutant};
use hashbrown::HashTable;

/// What who misses is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It may read the store and bring the item with this token.
    Token(u32),
    /// Somebody else may: what had been taken out will do.
    Old,
    /// Somebody else may: it is to ask again.
    Wait,
}

/// The tokens of one node of a cache.
#[derive(Clone, Debug)]
pub struct LeaseTable {
    every: Span,
    old_for: Span,
    /// The last token, and by how much the next one is larger.
    tokens: u32,
    step: u32,
    given: HashTable<Given>,
    /// Tokens in the order in which they were handed out, to forget them.
    turns: VecDeque<(Time, u32)>,
    /// What was taken out, and until when it may still be had.
    old: HashTable<(u32, Time)>,
    olds: VecDeque<(Time, u32)>,
}

/// A key's last token.
#[derive(Clone, Copy, Debug)]
struct Given {
    key: u32,
    token: u32,
    at: Time,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Out,
    Filled,
    Withdrawn,
}

impl LeaseTable {
    /// A key's next token comes `every` after its last; what was taken out may be had for `old_for`.
    pub fn new(every: Span, old_for: Span) -> Self {
        LeaseTable {
            every,
            old_for,
            tokens: 0,
            step: 1,
            given: HashTable::new(),
            turns: VecDeque::new(),
            old: HashTable::new(),
            olds: VecDeque::new(),
        }
    }

    /// The table of one of `count` nodes: no other of them hands out the same tokens, so that none of theirs is good here.
    #[must_use]
    pub fn of_several(self, at: u32, count: u32) -> Self {
        LeaseTable { tokens: at, step: count.max(1), ..self }
    }

    /// Somebody has missed a key.
    pub fn ask(&mut self, now: Time, key: u32) -> Answer {
        self.forget(now);
        let barred = |given: &Given| given.at + self.every > now && given.state != State::Filled;
        let last = self.given.find(hash(key), |it| it.key == key);
        if last.is_some_and(barred) && !mutant!("lease-granted-twice") {
            let old = self.old.find(hash(key), |it| it.0 == key).is_some_and(|it| it.1 > now);
            return if old { Answer::Old } else { Answer::Wait };
        }
        self.tokens = self.tokens.wrapping_add(self.step).max(1);
        let given = Given { key, token: self.tokens, at: now, state: State::Out };
        match self.given.find_mut(hash(key), |it| it.key == key) {
            Some(last) => *last = given,
            None => {
                self.given.insert_unique(hash(key), given, |it| hash(it.key));
            }
        }
        self.turns.push_back((now, key));
        Answer::Token(self.tokens)
    }

    /// Whether an item that was brought with a token may be stored; the token is used then.
    pub fn accepts(&mut self, now: Time, key: u32, token: u32) -> bool {
        let good = |it: &Given| it.key == key && it.token == token && it.state == State::Out;
        let Some(given) = self.given.find_mut(hash(key), good) else { return mutant!("late-fill-stored") };
        given.state = State::Filled;
        self.forget_one(now, key);
        self.take_old(key);
        true
    }

    /// A key was taken out; `held` is whether it was there.
    pub fn deleted(&mut self, now: Time, key: u32, held: bool) {
        self.forget(now);
        if let Some(given) = self.given.find_mut(hash(key), |it| it.key == key) {
            given.state = State::Withdrawn;
            self.forget_one(now, key);
        }
        if held && !self.old_for.is_zero() {
            self.take_old(key);
            let until = now + self.old_for;
            self.old.insert_unique(hash(key), (key, until), |it| hash(it.0));
            self.olds.push_back((until, key));
        }
    }

    /// The node has lost everything.
    pub fn clear(&mut self) {
        self.given.clear();
        self.turns.clear();
        self.old.clear();
        self.olds.clear();
    }

    /// Forgets what says nothing any more. A token that is out is good until something is brought with it.
    fn forget(&mut self, now: Time) {
        while let Some(&(at, key)) = self.turns.front().filter(|turn| turn.0 + self.every <= now) {
            self.turns.pop_front();
            self.forget_if(key, |it| it.at == at && it.state != State::Out);
        }
        while let Some(&(until, key)) = self.olds.front().filter(|old| old.0 <= now) {
            self.olds.pop_front();
            if let Ok(old) = self.old.find_entry(hash(key), |it| *it == (key, until)) {
                old.remove();
            }
        }
    }

    /// A token that has had its turn and is not out any more says nothing.
    fn forget_one(&mut self, now: Time, key: u32) {
        let every = self.every;
        self.forget_if(key, |it| it.at + every <= now);
    }

    fn forget_if(&mut self, key: u32, says_nothing: impl Fn(&Given) -> bool) {
        if let Ok(given) = self.given.find_entry(hash(key), |it| it.key == key && says_nothing(it)) {
            given.remove();
        }
    }

    fn take_old(&mut self, key: u32) {
        if let Ok(old) = self.old.find_entry(hash(key), |it| it.0 == key) {
            old.remove();
        }
    }
}

fn hash(key: u32) -> u64 {
    Key::new(u64::from(key), 0).bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What happens to one key: `m` a miss, `f` a fill with the last token, `d` a deletion of what is there, a number
    /// so many seconds; what is said, and whether fills are stored.
    fn check(old_for: u64, story: &str, expected: &str) {
        let mut leases = LeaseTable::new(Span::from_secs(10), Span::from_secs(old_for));
        let (mut now, mut token, mut said) = (Time::ZERO, 0, String::new());
        for word in story.split(' ') {
            match word {
                "m" => match leases.ask(now, 7) {
                    Answer::Token(new) => {
                        token = new;
                        said.push('T');
                    }
                    Answer::Old => said.push('o'),
                    Answer::Wait => said.push('w'),
                },
                "f" => said.push(if leases.accepts(now, 7, token) { 's' } else { 'r' }),
                "d" => leases.deleted(now, 7, true),
                seconds => now += Span::from_secs(seconds.parse().expect("seconds")),
            }
        }
        assert_eq!(said, expected, "{story}");
    }

    #[test]
    fn a_key_has_one_token_in_ten_seconds() {
        check(0, "m m 9 m 1 m m", "TwwTw");
        check(0, "m f m", "TsT");
        check(0, "m f d m 9 m 1 m", "TswwT");
    }

    /// The paper's stale set: a reader misses, a writer deletes, the reader brings what it had read.
    #[test]
    fn a_withdrawn_token_brings_nothing() {
        check(0, "m d f", "Tr");
        check(0, "m 20 f f", "Tsr");
        check(0, "m 20 d f m f", "TrTs");
    }

    #[test]
    fn what_was_taken_out_may_be_had_for_a_while() {
        check(5, "m f d m 4 m 1 m 5 m", "TsoowT");
        check(5, "m f d 10 m f d m", "TsTso");
        check(5, "m d m", "To");
    }

    #[test]
    fn nothing_is_kept_that_says_nothing() {
        let mut leases = LeaseTable::new(Span::from_secs(10), Span::from_secs(10));
        for second in 0..1_000 {
            let now = Time::ZERO + Span::from_secs(second);
            let Answer::Token(token) = leases.ask(now, second as u32) else { panic!("its first") };
            assert!(leases.accepts(now, second as u32, token));
            leases.deleted(now, second as u32, true);
        }
        assert!(leases.given.len() <= 10 && leases.old.len() <= 10);
        assert!(leases.turns.len() <= 10 && leases.olds.len() <= 11);
    }
}
