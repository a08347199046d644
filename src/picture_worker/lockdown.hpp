// Takes from this process what decoding a picture does not need: network, programs, files for writing, memory, time.
//
// Decoders of strangers' bytes are the largest attack surface of the product, so they run in this child only. Linux's seccomp
// with a list of refused system calls (EPERM); resource limits by setrlimit. Irrevocable.
#pragma once

namespace postmypost::picture_worker {

// False when the kernel refuses: then nothing may be decoded.
bool lock_down();

}  // namespace postmypost::picture_worker
