// The scalar twins, for the table in dispatch.c and for vector variants that fall back on one.
#ifndef PARLEY_SCALAR_H
#define PARLEY_SCALAR_H
#include "kernels.h"

/// What a group's numbers are multiplied by to become 8-bit; 0 where the quotient would not be a number.
static inline float pk_quantize_factor(float largest) { return largest > 1e-30f ? 127 / largest : 0; }
/// The same for a row in 16 bits, whose largest number becomes 256 * 127.
enum { PK_FINE_STEPS = 32512 };
static inline float pk_fine_factor(float largest) { return largest > 1e-30f ? PK_FINE_STEPS / largest : 0; }

void pk_scalar_product_f32(const pk_product *p);
void pk_scalar_product_f16(const pk_product *p);
void pk_scalar_product_bf16(const pk_product *p);
void pk_scalar_product_q8(const pk_product *p);
void pk_scalar_product_q4(const pk_product *p);
void pk_scalar_product_q4l(const pk_product *p);
void pk_scalar_quantize(const float *x, long ldx, int m, int columns, pk_activations a);
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
