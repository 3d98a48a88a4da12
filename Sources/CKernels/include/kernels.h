// The arithmetic of Parley in C: every function has a scalar twin (scalar/), vector variants are chosen once at run time
// (dispatch.c). Shapes are row-major; `ld` is the distance between rows in elements; no pointer needs alignment unless it
// says so. Nothing here allocates, locks or prints. All ranges [row0, row1) let the caller share work between threads: the
// result of an element never depends on the range it was computed in.
#ifndef PARLEY_KERNELS_H
#define PARLEY_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---------------------------------------------------------------------------------------------- number formats
// Q8 and Q4 store a matrix [rows, columns] (columns a multiple of 32) in tiles of 16 rows; rows are padded with zero rows to a
// multiple of 16. A tile holds, for G = columns / 32 groups of 32 columns:
//   Q8: scales  f16 [G][16], padded with zero bytes to a multiple of 64 bytes; then quants u8 [G][8][16][4]
//       w[r][32 g + 4 s + j] = scale[g][r] * (q[g][s][r][j] - 128)
//   Q4: scale and minimum  f16 [G][2][16]; then quants u8 [G][4][16][4], two to a byte
//       low nibble: step s = 2 v, high nibble: s = 2 v + 1 of vector v;  w[r][32 g + 4 s + j] = scale[g][0][r] * q + scale[g][1][r]
//   Q4L: a factor for each row  f32 [16]; then for every four groups (the last may be fewer) scales i8 [4][16] and
//       quants u8 [groups][4][16][4] as in Q4;  w[r][32 g + 4 s + j] = factor[r] * (scale[g][r] * pk_q4l_levels[q])
// 16 rows x 4 columns is one 512-bit vector of the dot-product instructions and one row of an AMX tile.
enum { PK_GROUP = 32, PK_TILE_ROWS = 16, PK_Q4L_OFFSET = 64 };

/// What the 16 quants of Q4L stand for: (0.7 u + 0.3 u^3) of evenly spaced u, closer together near 0, where most weights are, and
/// reaching less far on one side than on the other, so that the sign of a scale is a choice, too. With PK_Q4L_OFFSET added they
/// are whole numbers of 7 bits.
static const int8_t pk_q4l_levels[16] = {-58, -47, -37, -29, -21, -14, -8, -3, 3, 9, 15, 23, 31, 40, 51, 63};

/// Bytes of one 16-row tile with `columns` columns.
static inline size_t pk_q8_tile_bytes(size_t columns) {
    size_t groups = columns / PK_GROUP;
    return (groups * 32 + 63) / 64 * 64 + groups * 512;
}
static inline size_t pk_q4_tile_bytes(size_t columns) { return columns / PK_GROUP * (64 + 256); }
static inline size_t pk_q4l_tile_bytes(size_t columns) {
    size_t groups = columns / PK_GROUP;
    return 64 + (groups + 3) / 4 * 64 + groups * 256;
}
/// Where group g of a Q4L tile has its 16 scales and its 256 bytes of quants.
static inline size_t pk_q4l_scales_at(size_t g) { return 64 + g / 4 * (64 + 1024) + g % 4 * 16; }
static inline size_t pk_q4l_quants_at(size_t g) { return 128 + g / 4 * 64 + g * 256; }

/// How activations are held for products with block formats, each group of 32 with a scale of its own;
/// bits of a set, which is empty for formats of floats.
typedef enum {
    PK_PLAIN = 1,  // value = scale * q
    PK_POWER = 2,  // the same, with scales that are powers of two: in a product they cost nothing
    PK_FINE = 4,   // value = scale * (q + 128 * high), high 0 but for four neighbouring numbers, the group's largest one among them
    PK_WIDE = 8,   // value = scale * (q + 128 * high)
} pk_precision;

/// Rows of activations, made by the table's quantize. Rows that a level multiplies at a time lie interleaved, the last ones, which
/// may be fewer, as well: [strips][groups][8 steps of four columns][rows of the strip][4], and what belongs to a group
/// [strips][groups][rows of the strip].
typedef struct {
    pk_precision precision;
    int strip;  // rows that lie interleaved: the table's
    int m, columns;
    int8_t *q;      // [m, columns], 64-byte aligned
    float *scale;   // [m, columns / 32]; PK_POWER: PK_POWER_ZERO times the scale
    int32_t *start;  // [m, columns / 32]: what sums begin with (pk_start)
    float *offset;  // [m, columns / 32]: PK_PLAIN: scale times the sum of the 32 q, for weights that have a minimum
    int8_t *high;   // PK_FINE: [m, columns / 32, 4]; PK_WIDE: as q
    int32_t *step;  // [m, columns / 32]: PK_FINE: 64 times the number of the step that `high` is for
} pk_activations;

/// Upper bytes of a group.
static inline int pk_highs(const pk_activations *a) { return a->precision == PK_WIDE ? PK_GROUP : 4; }

/// The rows from `first` on, whole strips before it.
static inline pk_activations pk_rows_from(const pk_activations *a, int first) {
    pk_activations rows = *a;
    long group = first * (long)(a->columns / PK_GROUP);
    rows.m -= first;
    rows.q += group * PK_GROUP;
    rows.high += group * pk_highs(a);
    rows.scale += group;
    rows.start += group;
    rows.offset += group;
    rows.step += group;
    return rows;
}

/// 1.5 * 2^23: a float this large (times a power of two) has steps of 1 (times that power), so that whole numbers added to its
/// bits are added to its value; those of PK_POWER stay within +-2^19.
#define PK_POWER_ZERO 12582912.0f

/// What a product does with its result r (bias included) and what is in y.
typedef enum {
    PK_STORE = 0,      // y = r
    PK_ADD = 1,        // y = y + r
    PK_GELU_ERF = 2,   // y = r * 0.5 * (1 + erf(r / sqrt 2))
    PK_GELU_TANH = 3,  // y = 0.5 r (1 + tanh(sqrt(2 / pi) (r + 0.044715 r^3)))
    PK_SILU = 4,       // y = r / (1 + exp(-r))
} pk_epilogue;

/// A product of activations with the rows [row0, row1) of a weight matrix:
/// y[i * ldy + n] = epilogue(bias[n] + sum over c of x[i][c] * w[n][c]) for i < m, row0 <= n < row1. bias may be NULL.
typedef struct {
    const void *w;  // float formats: [rows, columns] with ldw = columns; block formats: tiles as above
    int columns, row0, row1;  // block formats: row0 a multiple of 16
    int m;
    const float *x;  // float formats: [m, columns], rows ldx apart
    long ldx;
    pk_activations a;  // block formats
    const float *bias;
    float *y;
    long ldy;
    pk_epilogue epilogue;
} pk_product;

// ---------------------------------------------------------------------------------------------- layers over time
/// A convolution over rows in time, for t < rows and o < outputs:
/// y[t][o] = (add ? add[t][o] : 0) + bias[o] + sum over taps k and inputs i of x[t + k * dilation][i] * w[o][k][i].
/// Weights lie in panels of 16 outputs (pk_convolution_panel): [ceil(outputs / 16)][taps][inputs][16], 64-byte aligned.
typedef struct {
    const float *x;
    long ldx;
    int inputs, taps, dilation;
    const float *panels;
    int outputs;
    const float *bias;  // [outputs], or NULL
    long rows;
    float *y;
    long ldy;
    const float *add;  // NULL, or rows ldy apart
} pk_convolution;

/// The same over 16-bit rows and weights, which are the upper halves of floats; sums in 32 bits. The number of inputs is even.
/// Two neighbouring inputs lie side by side (pk_half_panel): [ceil(outputs / 16)][taps][inputs / 2][16][2], 64-byte aligned.
typedef struct {
    const uint16_t *x;
    long ldx;
    int inputs, taps, dilation;
    const uint16_t *panels;
    int outputs;
    const float *bias;  // [outputs], or NULL
    long rows;
    float *y;
    long ldy;
    const float *add;  // NULL, or rows ldy apart
} pk_half_convolution;

/// The same in 8 bits: a row of x is scale * (q - 128), a weight scale of its output * quant; whole sums of a tap are exact. The
/// number of inputs is a multiple of 4. Panels: see pk_byte_panel.
typedef struct {
    const uint8_t *x;
    const float *scale;  // of each row of x
    long ldx;
    int inputs, taps, dilation;
    const void *panels;
    int outputs;
    const float *bias;  // [outputs], or NULL
    long rows;
    float *y;
    long ldy;
    const float *add;  // NULL, or rows ldy apart
} pk_byte_convolution;

/// Bytes of a panel of 16 outputs: scales f32 [16], corrections i32 [taps][16] (-128 times the sum of a tap's quants), quants
/// i8 [taps][inputs / 4][16][4]; 64-byte aligned.
static inline size_t pk_byte_panel_bytes(int taps, int inputs) {
    return 64 + 64 * (size_t)taps + 16 * (size_t)taps * (size_t)inputs;
}

/// The anti-aliased snake: twice the rate by the 12 taps of `up`, v + sin^2(a v) * inverse_b, half the rate by those of `down`.
/// x is row 0 of `rows` rows [rows, channels]; `before` rows of the signal lie before it and `after` from it on (5 on either
/// side are enough), and beyond them the signal is continued with its first and last value.
typedef struct {
    const float *x;
    long ldx;
    long before, after;
    int channels;
    const float *a, *inverse_b;  // [channels]
    const float *up, *down;      // 12 taps each
    long rows;
    float *y;
    long ldy;
} pk_snake;

// ---------------------------------------------------------------------------------------------- the table
typedef enum { PK_SCALAR = 0, PK_AVX2 = 1, PK_AVX512 = 2, PK_AMX = 3 } pk_level;

typedef struct {
    pk_level level;
    int strip;  // rows of activations that lie interleaved for its products
    // products, one per weight format
    void (*product_f32)(const pk_product *p);
    void (*product_f16)(const pk_product *p);
    void (*product_bf16)(const pk_product *p);
    void (*product_q8)(const pk_product *p);
    void (*product_q4)(const pk_product *p);
    void (*product_q4l)(const pk_product *p);
    /// Columns [column, column + columns), whole groups, of the rows [row, row + count) of `a`, from x, whose first number is the
    /// first of these and whose rows are ldx apart.
    void (*quantize)(const float *x, long ldx, int row, int count, int column, int columns, const pk_activations *a);
    /// y = (x - mean) / sqrt(variance + eps) * w + b; w and b may be NULL (1 and 0).
    void (*layer_norm)(const float *x, int m, int d, const float *w, const float *b, float eps, float *y);
    /// y = x / sqrt(mean(x^2) + eps) * w.
    void (*rms_norm)(const float *x, int m, int d, const float *w, float eps, float *y);
    /// y = LayerNorm(x, eps, no weight) * (1 + scale) + shift; row i of x takes row i / repeat of scale and shift (ld apart).
    void (*adaptive_norm)(const float *x, int m, int d, const float *scale, const float *shift, long ld, int repeat, float eps,
                          float *y);
    /// h[i] += gate[i / repeat] * y[i], all rows of d; gate rows ld apart.
    void (*gated_add)(float *h, const float *y, int m, int d, const float *gate, long ld, int repeat);
    /// y += x, n numbers.
    void (*add)(float *y, const float *x, long n);
    /// out[i] = silu(gate[i]) * up[i], n numbers; out may be gate.
    void (*swiglu)(const float *gate, const float *up, long n, float *out);
    /// x = epilogue(x) in place, n numbers (PK_GELU_ERF, PK_GELU_TANH, PK_SILU).
    void (*activate)(float *x, long n, pk_epilogue kind);
    /// Rotary embedding, halves: heads of hd numbers side by side in rows ld apart; cos and sin [m, hd / 2].
    /// out = x cos + [-x2, x1] sin.
    void (*rope_halves)(float *x, long ld, int m, int heads, int hd, const float *cos, const float *sin);
    /// Rotary embedding, neighbours (x0, x1), (x2, x3), ... as complex numbers.
    void (*rope_pairs)(float *x, long ld, int m, int heads, int hd, const float *cos, const float *sin);
    /// One head of attention: out[i] = sum over j < limits[i] of softmax_j(scale q[i].k[j]) v[j], i < n; limits[i] >= 1.
    void (*attention)(const float *q, long ldq, const float *k, long ldk, const float *v, long ldv, int n, const int *limits,
                      int hd, float scale, float *out, long ldo);
    /// The same, where the processor has them with products of 16-bit floats (upper halves) and sums in 32 bits.
    void (*half_attention)(const float *q, long ldq, const float *k, long ldk, const float *v, long ldv, int n,
                           const int *limits, int hd, float scale, float *out, long ldo);
    float (*dot)(const float *a, const float *b, long n);
    /// Index of the largest of n numbers, the first on ties; NaN is never chosen (0 if all are).
    long (*argmax)(const float *x, long n);
    /// In place: x = exp(x - max) / sum.
    void (*softmax)(float *x, long n);
    void (*convolution)(const pk_convolution *c);
    void (*half_convolution)(const pk_half_convolution *c);
    /// y = the upper halves of n numbers, rounded to nearest even; NaN stays NaN.
    void (*halve)(const float *x, long n, uint16_t *y);
    void (*byte_convolution)(const pk_byte_convolution *c);
    /// Rows of n numbers, ldx apart, in 8 bits for pk_byte_convolution: q [rows, n] and a scale for each row.
    void (*quantize_rows)(const float *x, long ldx, long rows, int n, uint8_t *q, float *scale);
    void (*snake)(const pk_snake *s);
    /// Up to 16 rows of weights, side by side, as a Q8 tile; missing ones are zero. Every level writes the same bytes.
    void (*byte_tile)(const float *x, int rows, int columns, void *tile);
} pk_kernels;

/// The best table for this processor, capped by PARLEY_KERNELS = scalar | avx2 | avx512 | amx. Chosen once.
const pk_kernels *pk_active(void);
/// The table of one level, or NULL where the processor lacks it.
const pk_kernels *pk_for_level(pk_level level);
/// "scalar", "avx2", "avx512", "amx".
const char *pk_level_name(pk_level level);
/// A line about the processor's features that matter here, for `parley doctor`.
const char *pk_processor_features(void);

// ---------------------------------------------------------------------------------------------- conversions (scalar is enough)
float pk_f16_to_f32(uint16_t h);
uint16_t pk_f32_to_f16(float f);  // round to nearest even
static inline float pk_bf16_to_f32(uint16_t h) {
    union { uint32_t u; float f; } v = {(uint32_t)h << 16};
    return v.f;
}
uint16_t pk_f32_to_bf16(float f);  // round to nearest even, NaN stays NaN
void pk_f16_row(const uint16_t *x, long n, float *y);
void pk_bf16_row(const uint16_t *x, long n, float *y);
/// One row of a block matrix as floats.
void pk_q8_row(const void *tiles, int columns, int row, float *y);
void pk_q4_row(const void *tiles, int columns, int row, float *y);
void pk_q4l_row(const void *tiles, int columns, int row, float *y);
/// Writes `rows` <= 16 rows that lie side by side as a tile of Q4L, the missing ones as zeros; the same bytes at every level.
void pk_q4l_encode(pk_level level, const float *x, int rows, int columns, void *tile);

/// Makes all threads take their memory from one heap; to be called before there are threads.
void pk_share_heap(void);

/// Whether a scale k <= `most` steps below the largest of 32 numbers gives them back bit for bit as 8-bit numbers (a zero may lose
/// its sign).
int pk_exact_byte_scale(const float *v, int most, uint16_t *scale);
/// y[i] = low + step * (24 bits that depend on start and first + i alone), n numbers.
void pk_random(uint64_t start, uint64_t first, long n, float low, float step, float *y);

// ---------------------------------------------------------------------------------------------- weights of convolutions
/// How a convolution is stored: v [outputs, inputs, taps] in 32-bit floats, f16 or bf16, or, with a stride, the transposed
/// convolution [inputs, outputs, taps]. A transposed convolution of stride u runs as a convolution to u * outputs channels,
/// whose rows are u rows of the result each; it has ceil(taps / u) taps.
typedef struct {
    const void *v;
    int bits;  // 32: float, 16: IEEE half, -16: upper half of a float
    int outputs, inputs, taps;
    int stride;          // 0: not transposed
    const float *scale;  // [first dimension]: weight = scale * v
} pk_stored_convolution;

/// Panel number `index` of the convolution that runs, [taps that run][inputs][16] floats; zeros beyond the outputs.
void pk_convolution_panel(const pk_stored_convolution *c, int index, float *to);
/// The same panel for pk_half_convolution.
void pk_half_panel(const pk_stored_convolution *c, int index, uint16_t *to);
/// The same panel for pk_byte_convolution: the largest weight of an output becomes 127. `row` has room for taps * inputs floats.
void pk_byte_panel(const pk_stored_convolution *c, int index, float *row, void *to);
/// y[i] = (sum over the blocks of blocks[b][i]) / count, n numbers from `first` on.
void pk_mean(const float *const *blocks, int count, long first, long n, float *y);

// ---------------------------------------------------------------------------------------------- worker threads
typedef struct pk_workers pk_workers;
typedef void (*pk_task)(void *context, int index);

/// `threads` counts the caller: threads - 1 are started, parked until there is work. NULL if a thread cannot be started.
pk_workers *pk_workers_start(int threads);
void pk_workers_stop(pk_workers *w);
int pk_workers_threads(const pk_workers *w);
/// Calls task(context, 0 ..< count), each once, on the caller and on idle workers; returns when all are done. Any number of
/// threads may call at the same time: a caller always works on its own tasks, workers help where there are cores left.
void pk_workers_run(pk_workers *w, int count, pk_task task, void *context);

#ifdef __cplusplus
}
#endif
#endif
