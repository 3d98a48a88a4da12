// The scalar twins, for the table in dispatch.c and for vector variants that fall back on one.
#ifndef PARLEY_SCALAR_H
#define PARLEY_SCALAR_H
#include "kernels.h"

/// What a group's numbers are multiplied by to become 8-bit; 0 where the quotient would not be a number.
static inline float pk_quantize_factor(float largest) { return largest > 1e-30f ? 127 / largest : 0; }

/// A group's scale and what its numbers are multiplied by. `top` is its largest number, `rest` that of those beside its step.
typedef struct { float scale, factor; } pk_group_scale;

static inline pk_group_scale pk_plain_scale(float top) { return (pk_group_scale){top / 127, pk_quantize_factor(top)}; }

/// The smallest power of two that top / 127 is not above, and its inverse.
static inline pk_group_scale pk_power_scale(float top) {
    if (top <= 1e-30f) return (pk_group_scale){1, 0};
    union { float f; uint32_t bits; } scale = {top / 127}, inverse;
    scale.bits = (scale.bits + 0x7fffff) & 0x7f800000;
    inverse.bits = (254u << 23) - scale.bits;
    return (pk_group_scale){scale.f, inverse.f};
}

/// 127 steps for the rest, and for the largest number not more than 127 * 128 + 127.
static inline pk_group_scale pk_fine_scale(float top, float rest) {
    float most = top / 129;
    return pk_plain_scale(rest > most ? rest : most);
}

static inline pk_group_scale pk_wide_scale(float top) { return pk_plain_scale(top / 129); }

/// What the sums of a group begin with, whose whole numbers add up to `sum`. Weights are stored with 128 (the levels of Q4L with
/// PK_Q4L_OFFSET) added: that many times the sum is taken off. Sums with upper bytes are multiplied by 128 once these are in them;
/// those of PK_POWER are added to the bits of a float.
static inline int32_t pk_start(pk_precision precision, int32_t sum, float scale) {
    if (precision == PK_PLAIN) return -128 * sum;
    if (precision != PK_POWER) return -sum;
    union { float f; int32_t bits; } zero = {PK_POWER_ZERO * scale};
    return zero.bits - PK_Q4L_OFFSET * sum;
}

/// The upper byte of a number of -16383 ... 16383 steps: what is left, too, is within +-127.
static inline int pk_upper(int steps) {
    int upper = (steps + 64) >> 7;
    return upper < -127 ? -127 : upper > 127 ? 127 : upper;
}

/// What a strip of rows of activations has of a group of columns; see pk_activations.
typedef struct { const int8_t *q, *high; const int32_t *step, *start; const float *scale, *offset; } pk_strip_group;

/// Group g of the strip of `rows` rows that begins with row i0.
static inline pk_strip_group pk_group_of(const pk_activations *a, int rows, int i0, int g) {
    long at = i0 * (long)(a->columns / PK_GROUP) + (long)g * rows;
    return (pk_strip_group){a->q + at * PK_GROUP, a->high + at * pk_highs(a), a->step + at,
                            a->start + at,        a->scale + at,              a->offset + at};
}

void pk_scalar_product_f32(const pk_product *p);
void pk_scalar_product_f16(const pk_product *p);
void pk_scalar_product_bf16(const pk_product *p);
void pk_scalar_product_q8(const pk_product *p);
void pk_scalar_product_q4(const pk_product *p);
void pk_scalar_product_q4l(const pk_product *p);
void pk_scalar_quantize(const float *x, long ldx, int row, int count, int column, int columns, const pk_activations *a);
void pk_scalar_layer_norm(const float *x, int m, int d, const float *w, const float *b, float eps, float *y);
void pk_scalar_rms_norm(const float *x, int m, int d, const float *w, float eps, float *y);
void pk_scalar_adaptive_norm(const float *x, int m, int d, const float *scale, const float *shift, long ld, int repeat,
                             float eps, float *y);
void pk_scalar_gated_add(float *h, const float *y, int m, int d, const float *gate, long ld, int repeat);
void pk_scalar_add(float *y, const float *x, long n);
void pk_scalar_swiglu(const float *gate, const float *up, long n, float *out);
void pk_scalar_activate(float *x, long n, pk_epilogue kind);
void pk_scalar_rope_halves(float *x, long ld, int m, int heads, int hd, const float *cos, const float *sin);
void pk_scalar_rope_pairs(float *x, long ld, int m, int heads, int hd, const float *cos, const float *sin);
void pk_scalar_attention(const float *q, long ldq, const float *k, long ldk, const float *v, long ldv, int n,
                         const int *limits, int hd, float scale, float *out, long ldo);
float pk_scalar_dot(const float *a, const float *b, long n);
long pk_scalar_argmax(const float *x, long n);
void pk_scalar_softmax(float *x, long n);
void pk_scalar_convolution(const pk_convolution *c);
void pk_scalar_half_convolution(const pk_half_convolution *c);
void pk_scalar_byte_convolution(const pk_byte_convolution *c);
void pk_scalar_quantize_rows(const float *x, long ldx, long rows, int n, uint8_t *q, float *scale);
void pk_scalar_halve(const float *x, long n, uint16_t *y);
void pk_scalar_snake(const pk_snake *s);
void pk_scalar_byte_tile(const float *x, int rows, int columns, void *tile);

#endif
