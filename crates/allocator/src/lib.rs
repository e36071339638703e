//! How the C library's allocator returns freed memory to the system (decision 46).

/// Makes the allocator return freed memory early: blocks of 256 KiB and more when they are freed, and what is free at the
/// end of an arena from 4 MiB on. By default glibc raises both limits, to 32 and 64 MiB, whenever a larger block is freed:
/// after the first hashed password each of a dozen arenas keeps what it had at its busiest.
///
/// `false` when the allocator refuses, or is another one, which is left as it is. To be called before the first thread
/// starts.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[must_use]
pub fn return_freed_memory() -> bool {
    const MAPPED_FROM_BYTES: libc::c_int = 256 * 1024;
    // Lower, an arena would be cut and grown again with each list.
    const TRIMMED_FROM_BYTES: libc::c_int = 4 * 1024 * 1024;
    // Enough that two cores seldom wait for each other; by default there are eight for each core.
    const ARENAS_MAX: libc::c_int = 4;
    let settings = [
        (libc::M_MMAP_THRESHOLD, MAPPED_FROM_BYTES),
        (libc::M_TRIM_THRESHOLD, TRIMMED_FROM_BYTES),
        (libc::M_ARENA_MAX, ARENAS_MAX),
    ];
    settings.into_iter().all(|(parameter, value)| {
        #[expect(unsafe_code, reason = "the C library has no other interface for this")]
        // SAFETY: mallopt takes two integers by value and accesses no memory of the caller; it locks the allocator itself.
        let accepted = unsafe { libc::mallopt(parameter, value) };
        accepted == 1
    })
}

/// Other allocators are left as they are.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
#[must_use]
pub const fn return_freed_memory() -> bool {
    false
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn the_allocator_takes_each_setting() {
        assert!(super::return_freed_memory());
    }
}
