// The vector variants of the vocoder's layers, for the tables in dispatch.c.
#ifndef PARLEY_VOCODER_H
#define PARLEY_VOCODER_H
#include "kernels.h"

void pk_avx2_convolution(const pk_convolution *c);
void pk_avx2_snake(const pk_snake *s);
void pk_avx512_convolution(const pk_convolution *c);
void pk_avx512_snake(const pk_snake *s);

#endif
