// Products with 8- and 4-bit weights on tiles (AMX), 16 rows of activations at a time; what is left over goes to the level
// below. The integer sums are the same and the float operations those of vector/block_product.h in the same order, so rows give
// the bits that they give one by one. bf16 tiles are left alone: they would round the activations to 8 bits of mantissa.
#if defined(__x86_64__)
#include "kernels.h"
#include "../scalar/scalar.h"

#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define LANES 16
#define LEVEL(name) pk_amx_##name

#pragma clang attribute push(                                                                                        \
    __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,amx-tile,amx-int8"))),         \
    apply_to = function)
#include "../vector/lanes.h"
#include "../vector/mathematics.h"

typedef enum { Q8, Q8_FINE, Q8_WIDE, Q4, Q4L } block_format;  // FINE, WIDE: with such activations

INLINE int is_q8(block_format format) { return format <= Q8_WIDE; }

enum {
    STRIP = 16,  // rows of a tile of activations
    PAIR = 2,    // strips at a time: one waits for its product while the other is added up
};

// Tile registers, by number as the instructions want it: sums of strip 0 and 1, their activations, the weights, and the sums of
// the upper bytes.
#define SUMS_0 0
#define SUMS_1 1
#define ROWS_0 2
#define ROWS_1 3
#define WEIGHTS 4
#define HIGH_0 5
#define HIGH_1 6

/// The operand of LDTILECFG: rows and bytes a row of each register.
typedef struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_shapes;

/// A group is 32 columns: 16 rows of 32 activations times 8 steps of 16 outputs with 4 columns each.
INLINE void set_shapes(void) {
    tile_shapes shapes = {.palette = 1};
    for (int t = SUMS_0; t <= HIGH_1; t++) shapes.rows[t] = STRIP, shapes.row_bytes[t] = 64;
    for (int t = ROWS_0; t <= ROWS_1; t++) shapes.rows[t] = STRIP, shapes.row_bytes[t] = PK_GROUP;
    shapes.rows[WEIGHTS] = 8, shapes.row_bytes[WEIGHTS] = 64;
    _tile_loadconfig(&shapes);
}

INLINE floats byte_scales(const uint8_t *at) {
    typedef int8_t bytes __attribute__((ext_vector_type(LANES)));
    bytes scales;
    memcpy(&scales, at, sizeof scales);
    return __builtin_convertvector(__builtin_convertvector(scales, integers), floats);
}

/// Sums of sixteen rows of activations with sixteen outputs.
typedef int32_t strip_sums[STRIP][LANES];

/// The sums of a group with its four upper bytes.
INLINE integers upper_sums(const uint8_t *quants, const int8_t *high) {
    int32_t four;
    memcpy(&four, high, sizeof four);
    return (integers)_mm512_dpbusd_epi32(_mm512_setzero_si512(), _mm512_loadu_si512(quants), _mm512_set1_epi32(four));
}

/// Sixteen rows' sums of a group onto their totals; those of all upper bytes are read with PK_WIDE only.
INLINE void add_strip(block_format format, const pk_product *p, const strip_sums sums, const strip_sums high_sums,
                      const uint8_t *tile, const uint8_t *quants, int i0, int g, floats total[STRIP]) {
    const uint16_t *halves = (const uint16_t *)tile + g * (is_q8(format) ? 16 : 32);
    floats ws = format == Q4L ? byte_scales(tile + pk_q4l_scales_at((size_t)g)) : load_f16(halves);
    floats minimum = format == Q4 ? load_f16(halves + LANES) : all(0);
    for (int i = 0; i < STRIP; i++) {
        pk_strip_group a = pk_group_of(&p->a, 1, i0 + i, g);
        integers s, high;
        memcpy(&s, sums[i], sizeof s);
        if (format == Q8_WIDE) memcpy(&high, high_sums[i], sizeof high);
        if (format == Q8_FINE) high = upper_sums(quants + *a.step, a.high);
        if (format == Q8_FINE || format == Q8_WIDE) s += (high + *a.start) << 7;
        else if (format != Q4) s += *a.start;
        floats sum = format == Q4L ? (floats)s - *a.scale : __builtin_convertvector(s, floats);
        total[i] = fma_(format == Q4L ? ws : ws * *a.scale, sum, total[i]);
        if (format == Q4) total[i] = fma_(minimum, all(*a.offset), total[i]);
    }
}

/// A group's 4-bit quants, or their levels, as bytes, in the order of the 8-bit ones.
INLINE void widen(block_format format, const uint8_t *quants, uint8_t to[8][64]) {
    const __m512i levels = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)pk_q4l_levels));
    typedef uint8_t bytes __attribute__((ext_vector_type(64)));
    for (int v = 0; v < 4; v++) {
        bytes both;
        memcpy(&both, quants + v * 64, sizeof both);
        bytes even = both & 15, odd = both >> 4;
        if (format == Q4L) {
            even = (bytes)_mm512_shuffle_epi8(levels, (__m512i)even) + PK_Q4L_OFFSET;
            odd = (bytes)_mm512_shuffle_epi8(levels, (__m512i)odd) + PK_Q4L_OFFSET;
        }
        memcpy(to[2 * v], &even, sizeof even);
        memcpy(to[2 * v + 1], &odd, sizeof odd);
    }
}

/// Products of the weights that are loaded with sixteen rows of bytes, `stride` apart. A macro: registers are named by constants.
#define MULTIPLY(sums, rows, bytes, stride)   \
    do {                                      \
        _tile_zero(sums);                     \
        _tile_loadd(rows, (bytes), (stride)); \
        _tile_dpbsud(sums, rows, WEIGHTS);    \
    } while (0)

/// Outputs of the 16 rows of weights at `tile` for `strips` (1 or 2) strips of activations from i0 on.
INLINE void tile_strips(int strips, block_format format, const pk_product *p, const uint8_t *tile, int n0, int i0) {
    int groups = p->columns / PK_GROUP, header = format == Q4 ? groups * 64 : (groups * 32 + 63) / 64 * 64;
    strip_sums sums[PAIR] __attribute__((aligned(64))), high_sums[PAIR] __attribute__((aligned(64)));
    uint8_t wide[8][64] __attribute__((aligned(64)));
    floats total[PAIR][STRIP];
    for (int k = 0; k < strips; k++) for (int i = 0; i < STRIP; i++) total[k][i] = all(0);
    for (int g = 0; g < groups; g++) {
        size_t at = format == Q4L ? pk_q4l_quants_at((size_t)g) : (size_t)header + (size_t)g * (is_q8(format) ? 512 : 256);
        if (!is_q8(format)) widen(format, tile + at, wide);
        _tile_loadd(WEIGHTS, is_q8(format) ? tile + at : wide[0], 64);
        long first = i0 * (long)p->columns + g * PK_GROUP;
        const int8_t *a = p->a.q + first, *high = format == Q8_WIDE ? p->a.high + first : NULL;
        MULTIPLY(SUMS_0, ROWS_0, a, p->columns);
        if (format == Q8_WIDE) MULTIPLY(HIGH_0, ROWS_0, high, p->columns);
        if (strips > 1) {
            MULTIPLY(SUMS_1, ROWS_1, a + STRIP * (long)p->columns, p->columns);
            if (format == Q8_WIDE) MULTIPLY(HIGH_1, ROWS_1, high + STRIP * (long)p->columns, p->columns);
        }
        _tile_stored(SUMS_0, sums[0], 64);
        if (format == Q8_WIDE) _tile_stored(HIGH_0, high_sums[0], 64);
        add_strip(format, p, sums[0], high_sums[0], tile, tile + at, i0, g, total[0]);
        if (strips > 1) {
            _tile_stored(SUMS_1, sums[1], 64);
            if (format == Q8_WIDE) _tile_stored(HIGH_1, high_sums[1], 64);
            add_strip(format, p, sums[1], high_sums[1], tile, tile + at, i0 + STRIP, g, total[1]);
        }
    }
    int count = p->row1 - n0 < LANES ? p->row1 - n0 : LANES;
    for (int k = 0; k < strips; k++)
        for (int i = 0; i < STRIP; i++) {
            floats end = total[k][i];
            if (format == Q4L) end *= load((const float *)tile);
            finish(p, i0 + k * STRIP + i, n0, count, (const float *)&end);
        }
}

/// The variants of the level below, for few rows and for those left over: one row at a time, for which activations lie as they do
/// there.
static struct { void (*q8)(const pk_product *), (*q4)(const pk_product *), (*q4l)(const pk_product *); } below;

static void leftover_rows(const pk_product *p, block_format format, int done) {
    for (int i = done; i < p->m; i++) {
        pk_product row = *p;
        row.m = 1;  // and those that follow are left alone
        row.a = pk_rows_from(&p->a, i);
        row.y += i * p->ldy;
        (is_q8(format) ? below.q8 : format == Q4 ? below.q4 : below.q4l)(&row);
    }
}

INLINE void product(const pk_product *p, block_format format) {
    int whole = p->m / STRIP * STRIP;
    size_t columns = (size_t)p->columns;
    size_t bytes = is_q8(format) ? pk_q8_tile_bytes(columns) : format == Q4 ? pk_q4_tile_bytes(columns) : pk_q4l_tile_bytes(columns);
    if (whole > 0) {
        set_shapes();
        for (int n0 = p->row0; n0 < p->row1; n0 += PK_TILE_ROWS) {
            const uint8_t *tile = (const uint8_t *)p->w + (size_t)(n0 / PK_TILE_ROWS) * bytes;
            int i = 0;
            for (; i + PAIR * STRIP <= whole; i += PAIR * STRIP) tile_strips(2, format, p, tile, n0, i);
            if (i < whole) tile_strips(1, format, p, tile, n0, i);
        }
        _tile_release();
    }
    leftover_rows(p, format, whole);
}

static void product_q8(const pk_product *p) {
    if (p->a.precision == PK_FINE) product(p, Q8_FINE);
    else if (p->a.precision == PK_WIDE) product(p, Q8_WIDE);
    else product(p, Q8);
}
static void product_q4(const pk_product *p) { product(p, Q4); }
static void product_q4l(const pk_product *p) { product(p, Q4L); }

void LEVEL(install)(pk_kernels *table) {
    below.q8 = table->product_q8;
    below.q4 = table->product_q4;
    below.q4l = table->product_q4l;
    table->strip = 1;
    table->product_q8 = product_q8;
    table->product_q4 = product_q4;
    table->product_q4l = product_q4l;
}

#pragma clang attribute pop
#endif
