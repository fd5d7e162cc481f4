//! What `ThreadSanitizer` has to be told where std itself was built without it.
//!
//! The last owner of an `Arc` lets go with a decrement and a *fence*, after which it may free what the others have
//! read. `ThreadSanitizer` does not model fences, and the std that a toolchain comes with was built without the load
//! that stands in for one, so it takes each such drop for a race. A value that is kept in an `Arc` calls
//! [`in_drop_of_counted`] first in its own `drop`, which is where that load would be.

/// Tells `ThreadSanitizer`, in the drop of the last owner, that what the earlier owners did happened before.
///
/// `value` is what an `Arc` holds, or the `value` of one of the library's versions; its alignment is 8 at most. Does
/// nothing in a build without `--cfg readmostly_tsan`.
#[inline]
pub fn in_drop_of_counted<T>(value: &T) {
    #[cfg(readmostly_tsan)]
    shim::acquire_counts_before(value);
    #[cfg(not(readmostly_tsan))]
    let _ = value;
}

#[cfg(readmostly_tsan)]
mod shim {
    #![expect(unsafe_code, reason = "a call into the sanitizer, which is written in C")]

    use std::ffi::c_void;
    use std::ptr;

    unsafe extern "C" {
        fn __tsan_acquire(address: *mut c_void);
    }

    /// An `Arc` has the strong count first, then the weak count, then the value; and a version has its number before
    /// or after what it holds. So the strong count is 16 bytes before `value`, or 24.
    pub(super) fn acquire_counts_before<T>(value: &T) {
        const { assert!(align_of::<T>() <= 8) };
        for distance in [16, 24] {
            let address = ptr::from_ref(value).cast::<c_void>().cast_mut().wrapping_byte_sub(distance);
            // SAFETY: the sanitizer only looks the address up among those that were synchronised on, and does nothing
            // if it is not one of them. It neither reads nor writes there.
            unsafe { __tsan_acquire(address) };
        }
    }
}
