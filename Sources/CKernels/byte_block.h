// What the scalar and the vector variants of 8-bit blocks share.
#ifndef PARLEY_BYTE_BLOCK_H
#define PARLEY_BYTE_BLOCK_H
#include "kernels.h"

// A group's scale is its largest number over k, k = 127 ... 64, whichever loses least. Numbers that themselves come from a grid
// of a few levels, such as 4-bit weights, often lie near a coarser one: such a choice halves their loss and more. Below 103 the
// largest error could exceed that of rounding with 127 by a quarter: so coarse a scale has to lose less than half.
#define PK_MOST 127
#define PK_COARSE 103
#define PK_COARSEST 64

#endif
