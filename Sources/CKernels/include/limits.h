// What the machine can do at best, measured: the figures that the speed of a stage is held against.
#ifndef PARLEY_LIMITS_H
#define PARLEY_LIMITS_H

#include <stddef.h>
#include <stdint.h>
#include "kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Reads `count` bytes (a multiple of 64) once, in order; the result depends on all of them.
uint64_t pk_read_all(const void *bytes, size_t count);

/// Multiply-adds of 32-bit floats in registers, as many as the vector unit of `level` starts: returns how many were done.
double pk_float_multiply_adds(pk_level level, long rounds);

/// Multiply-adds of 16-bit floats into 32-bit sums in registers, where `level` and the processor have an instruction for that; 0
/// where not.
double pk_half_multiply_adds(pk_level level, long rounds);

/// Multiply-adds of 8-bit integers into 32-bit sums in registers or tiles, where `level` has an instruction for that; 0 where
/// it has none.
double pk_byte_multiply_adds(pk_level level, long rounds);

#ifdef __cplusplus
}
#endif
#endif
