// What the processor and the operating system offer, asked once.
#ifndef PARLEY_PROCESSOR_H
#define PARLEY_PROCESSOR_H
#include "kernels.h"

/// Whether kernels of this level can run here.
int pk_processor_has(pk_level level);
/// Whether it has AVX-512 and its dot products of 16-bit floats.
int pk_processor_has_bf16(void);

#endif
