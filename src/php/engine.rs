//! Everything that speaks to the Zend engine in its own terms: the only file with `unsafe`.

#![allow(
    unsafe_code,
    reason = "class table, attributes and private properties have no safe binding"
)]

use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use ext_php_rs::ffi::{
    HashTable, ext_php_rs_compiler_globals, zend_class_entry, zend_function,
    zend_hash_str_find_ptr_lc, zend_object, zend_read_property, zend_string, zval,
};
use ext_php_rs::types::{ZendObject, ZendStr, Zval};
use ext_php_rs::zend::{ClassEntry, ExecutorGlobals, ce};

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
    let globals = ExecutorGlobals::get();
    // SAFETY: a boolean of one byte in every PHP version, written by signal handlers, hence volatile.
    unsafe { ptr::read_volatile((&raw const globals.vm_interrupt).cast::<u8>()) != 0 }
}
