//! What a child that inherits it by a fork must neither use nor drop, since both would disturb the parent's sockets and threads.

/// Something that only the process that made it may use or drop.
#[derive(Debug)]
pub struct Kept<T> {
    process: u32,
    value: Option<T>,
}

impl<T> Kept<T> {
    /// Keeps a value for this process.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self {
            process: std::process::id(),
            value: Some(value),
        }
    }

    /// The value, `None` in any other process than the one that made it.
    pub fn get(&mut self) -> Option<&mut T> {
        if self.is_ours() {
            self.value.as_mut()
        } else {
            std::mem::forget(self.value.take());
            None
        }
    }

    /// Takes the value out, `None` in any other process than the one that made it.
    pub fn take(&mut self) -> Option<T> {
        if self.is_ours() {
            return self.value.take();
        }
        std::mem::forget(self.value.take());
        None
    }

    /// Whether this process made the value.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.process == std::process::id()
    }
}

impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        if !self.is_ours() {
            std::mem::forget(self.value.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_process_neither_uses_nor_drops_what_it_inherits() {
        struct Loud;
        impl Drop for Loud {
            fn drop(&mut self) {
                panic!("dropped in the wrong process");
            }
        }
        let mut inherited = Kept {
            process: std::process::id() + 1,
            value: Some(Loud),
        };
        assert!(inherited.get().is_none());
        drop(Kept {
            process: std::process::id() + 1,
            value: Some(Loud),
        });
        let mut own = Kept::new(1);
        assert_eq!(own.get(), Some(&mut 1));
    }
}
