//! Everything that speaks to the Zend engine in its own terms: the only file with `unsafe`.

#![allow(
    unsafe_code,
    reason = "class table, attributes and private properties have no safe binding"
)]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use ext_php_rs::ffi::{
    HashTable, ext_php_rs_compiler_globals, zend_class_entry, zend_execute_data, zend_function,
    zend_hash_str_find_ptr_lc, zend_object, zend_read_property, zend_string, zval,
};
use ext_php_rs::types::{ZendObject, ZendStr, Zval};
use ext_php_rs::zend::{ClassEntry, ExecutorGlobals, ce};

use crate::runtime::Interrupt;

/// The class entry of a class that this module registered by hand.
///
/// Rewritten at every start of the module: some servers stop and start the engine within one process.
pub(super) struct ClassCell(AtomicPtr<ClassEntry>);

impl ClassCell {
    pub(super) const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    pub(super) fn set(&self, class: &'static mut ClassEntry) {
        self.0.store(class, Ordering::Release);
    }

    /// The class; PHP's own `Exception` before it was registered.
    pub(super) fn get(&self) -> &'static ClassEntry {
        // SAFETY: the pointer is null or was stored by `set`; the engine frees class entries only after the module's
        // shutdown, and no code of the module runs between that and the next `set`.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }.unwrap_or_else(|| ce::exception())
    }
}

/// A class of PHP itself by its lower-case name, also while modules are started.
fn class_named(name: &str) -> Option<&'static ClassEntry> {
    // SAFETY: the table is the engine's live class table, its values are class entries, and `name` is valid for its length.
    unsafe {
        let table = ext_php_rs_compiler_globals().as_ref()?.class_table;
        if table.is_null() {
            return None;
        }
        zend_hash_str_find_ptr_lc(table, name.as_ptr().cast(), name.len())
            .cast::<ClassEntry>()
            .as_ref()
    }
}

/// PHP's `RuntimeException`.
pub(super) fn runtime_exception() -> &'static ClassEntry {
    class_named("runtimeexception").unwrap_or_else(|| ce::exception())
}

/// PHP's `JsonSerializable`. Registration refuses what it gives in its absence, so the module then does not start.
pub(super) fn json_serializable() -> &'static ClassEntry {
    class_named("jsonserializable").unwrap_or_else(|| ce::exception())
}

/// A symbol of the running PHP. Looked up at run time: a symbol to be linked would keep the stub generator from
/// loading the library, and not every PHP version has it.
fn symbol(name: &CStr) -> Option<*mut c_void> {
    unsafe extern "C" {
        fn dlsym(handle: *mut c_void, symbol: *const c_char) -> *mut c_void;
    }
    #[cfg(target_os = "macos")]
    let everywhere = ptr::without_provenance_mut::<c_void>(usize::MAX - 1);
    #[cfg(not(target_os = "macos"))]
    let everywhere = ptr::null_mut::<c_void>();
    // SAFETY: the handle is RTLD_DEFAULT and the name ends with a NUL.
    let found = unsafe { dlsym(everywhere, name.as_ptr()) };
    (!found.is_null()).then_some(found)
}

/// Where PHP keeps the function that handles what waits; null where it has none. Looked up at every start of the module, since a server may
/// load another PHP into the same process.
static INTERRUPT_FUNCTION: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// Looks up what every call needs.
pub(super) fn start() {
    let found = symbol(c"zend_interrupt_function");
    INTERRUPT_FUNCTION.store(found.unwrap_or(ptr::null_mut()), Ordering::Release);
}

fn interrupt_function() -> Option<*const c_void> {
    let variable = INTERRUPT_FUNCTION.load(Ordering::Acquire);
    (!variable.is_null()).then_some(variable.cast_const())
}

/// Marks a parameter of a method as `#[SensitiveParameter]`, so that no trace shows its value. Does nothing where PHP
/// does not know that attribute (before 8.2).
pub(super) fn mark_sensitive(class: &ClassEntry, method: &str, parameter: u32) {
    type AddAttribute = unsafe extern "C" fn(
        *mut *mut HashTable,
        *mut zend_string,
        u32,
        u32,
        u32,
        u32,
    ) -> *mut c_void;
    const PERSISTENT: u32 = 1;

    if symbol(c"zend_ce_sensitive_parameter").is_none() {
        return;
    }
    let Some(add) = symbol(c"zend_add_attribute") else {
        return;
    };
    // SAFETY: since PHP 8.2, the first version with `zend_ce_sensitive_parameter`, this is the function's signature.
    let add = unsafe { std::mem::transmute::<*mut c_void, AddAttribute>(add) };
    let mut name = ZendStr::new("SensitiveParameter", true);
    // SAFETY: the function table of a registered class holds `zend_function`s; `add` copies the name, and an
    // attribute of a parameter is told from one of the function by its place counted from 1.
    unsafe {
        let function = zend_hash_str_find_ptr_lc(
            &raw const class.function_table,
            method.as_ptr().cast(),
            method.len(),
        )
        .cast::<zend_function>();
        if !function.is_null() {
            let attributes = &raw mut (*function).common.attributes;
            add(attributes, &raw mut *name, 0, PERSISTENT, parameter + 1, 0);
        }
    }
}

/// Writes a private property that `class` declares.
pub(super) fn write_private(class: &ClassEntry, object: &mut ZendObject, name: &str, value: &Zval) {
    type UpdateProperty = unsafe extern "C" fn(
        *mut zend_class_entry,
        *mut zend_object,
        *const c_char,
        usize,
        *mut zval,
    );
    let Some(update) = symbol(c"zend_update_property") else {
        return;
    };
    // SAFETY: since PHP 8.0 this is the function's signature; it copies the value and does not change it.
    unsafe {
        let update = std::mem::transmute::<*mut c_void, UpdateProperty>(update);
        update(
            ptr::from_ref(class).cast_mut(),
            object,
            name.as_ptr().cast(),
            name.len(),
            ptr::from_ref(value).cast_mut(),
        );
    }
}

/// Reads a private property that `class` declares.
pub(super) fn read_private(class: &ClassEntry, object: &mut ZendObject, name: &str) -> Zval {
    let mut scratch = Zval::new();
    // SAFETY: the result points into the object or at `scratch`; it is copied before either can go.
    unsafe {
        zend_read_property(
            ptr::from_ref(class).cast_mut(),
            object,
            name.as_ptr().cast(),
            name.len(),
            true,
            &raw mut scratch,
        )
        .as_ref()
        .map_or_else(Zval::new, Zval::shallow_clone)
    }
}

/// Whether a signal or a time limit waits to be handled by PHP as soon as the running method returns.
pub(super) fn interrupt_pending() -> bool {
    Flag::of_this_thread().is_set()
}

/// The flags of PHP's thread that something waits to be handled. They may be read on any thread while a call of that thread lasts; the end
/// of the call asks by itself, so that nobody looks after it.
#[derive(Clone, Copy)]
struct Flag {
    pending: *const u8,
    timed_out: *const u8,
    /// Whether only a time limit counts, since somebody else uses the other flag for purposes of their own.
    only_time: bool,
}

// SAFETY: the flags live as long as PHP's thread, and so longer than the call; they are read as the volatile bytes that they are.
unsafe impl Send for Flag {}
// SAFETY: as above.
unsafe impl Sync for Flag {}

impl Flag {
    fn of_this_thread() -> Self {
        let globals = ExecutorGlobals::get();
        Self {
            pending: (&raw const globals.vm_interrupt).cast::<u8>(),
            timed_out: (&raw const globals.timed_out).cast::<u8>(),
            only_time: has_foreign_handler(),
        }
    }

    fn is_set(self) -> bool {
        let flag = if self.only_time {
            self.timed_out
        } else {
            self.pending
        };
        // SAFETY: a boolean of one byte in every PHP version, written by signal handlers, hence volatile.
        unsafe { ptr::read_volatile(flag) != 0 }
    }
}

/// Whether what PHP does when the flag is set belongs to neither PHP nor pcntl: a profiler takes its samples there, many times a second,
/// and nobody wants to end anything.
fn has_foreign_handler() -> bool {
    let Some(variable) = interrupt_function() else {
        return false;
    };
    // SAFETY: the variable holds a pointer to a function, or null.
    let handler = unsafe { *variable.cast::<*const c_void>() };
    if handler.is_null() {
        return false;
    }
    // To look an address up takes milliseconds, since PHP has many names. The function is set when modules are started.
    static JUDGED: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());
    static IS_FOREIGN: AtomicBool = AtomicBool::new(false);
    if JUDGED.load(Ordering::Acquire).cast_const() == handler {
        return IS_FOREIGN.load(Ordering::Relaxed);
    }
    let is_foreign = is_elsewhere(handler, variable);
    IS_FOREIGN.store(is_foreign, Ordering::Relaxed);
    JUDGED.store(handler.cast_mut(), Ordering::Release);
    is_foreign
}

/// Whether a function belongs neither to pcntl nor to the library that one of PHP's variables is in.
fn is_elsewhere(function: *const c_void, variable: *const c_void) -> bool {
    #[repr(C)]
    struct Place {
        file: *const c_char,
        base: *mut c_void,
        name: *const c_char,
        address: *mut c_void,
    }
    unsafe extern "C" {
        fn dladdr(address: *const c_void, place: *mut Place) -> c_int;
    }
    let place = |address: *const c_void| {
        let mut place = std::mem::MaybeUninit::<Place>::zeroed();
        // SAFETY: `dladdr` takes any address, and fills the structure in when it returns something else than zero; zeroes are one as well.
        unsafe { (dladdr(address, place.as_mut_ptr()) != 0).then(|| place.assume_init()) }
    };
    let (Some(handler), Some(php)) = (place(function), place(variable)) else {
        return false;
    };
    // SAFETY: the name is null or a string that lives as long as the library is loaded.
    let is_pcntl = !handler.file.is_null()
        && unsafe { CStr::from_ptr(handler.file) }
            .to_bytes()
            .ends_with(b"pcntl.so");
    handler.base != php.base && !is_pcntl
}

/// Lets PHP handle a signal that waits. A method that is about to throw has to: PHP would handle it with the exception pending, and then it
/// calls no handler. A time limit needs no such help.
pub(super) fn handle_signals() {
    type Handle = unsafe extern "C" fn(*mut zend_execute_data);
    let flag = Flag::of_this_thread();
    // SAFETY: as in `Flag::is_set`.
    let is_pending = |flag: *const u8| unsafe { ptr::read_volatile(flag) != 0 };
    if !is_pending(flag.pending) || is_pending(flag.timed_out) {
        return;
    }
    let Some(variable) = interrupt_function() else {
        return;
    };
    // SAFETY: the variable holds a pointer to such a function, or null.
    let handle = unsafe { *variable.cast::<Option<Handle>>() };
    let frame = ExecutorGlobals::get().current_execute_data;
    if let Some(handle) = handle {
        // SAFETY: this is what PHP itself does between two operations: it lowers the flag and calls the function with the current frame.
        unsafe {
            ptr::write_volatile(flag.pending.cast_mut(), 0);
            handle(frame);
        }
    }
}

/// The wish of PHP that the call that begins now ends.
pub(super) fn interrupt() -> Interrupt {
    let flag = Flag::of_this_thread();
    Interrupt::new(move || flag.is_set())
}
