// Products with 8- and 4-bit weights, for vectors of LANES numbers (see lanes.h). A slice is LANES rows of a tile: a half of it
// or the whole. The level's file has defined
//   q8_sums(mr, quants, a, lda, sum, ldsum, s): s[i] = sum over a group's 32 columns of (q - 128) a[i], one row a lane
//   q4_sums(mr, quants, a, lda, s):             s[i] = sum of q a[i]
// for the slice whose first quant is given. Integer sums are exact and groups add up in ascending order in one number a lane:
// a result does not depend on m or on the rows beside it.
#include "mathematics.h"

typedef enum { Q8, Q4 } block_format;

enum {
    ROWS = 4,    // rows of activations at a time, at most: their sums fit the registers
    SLICES = 2,  // slices at a time, at most
    TILE_SLICES = PK_TILE_ROWS / LANES,
};

/// Scales (and minima) of one slice in group g, and its quants.
typedef struct { const uint16_t *scales; const uint8_t *quants; } slice_data;

INLINE slice_data slice_at(const pk_product *p, block_format format, int slice) {
    int groups = p->columns / PK_GROUP, part = slice % TILE_SLICES * LANES;
    size_t bytes = format == Q8 ? pk_q8_tile_bytes((size_t)p->columns) : pk_q4_tile_bytes((size_t)p->columns);
    const uint8_t *tile = (const uint8_t *)p->w + (size_t)(slice / TILE_SLICES) * bytes;
    int header = format == Q8 ? (groups * 32 + 63) / 64 * 64 : groups * 64;
    return (slice_data){(const uint16_t *)tile + part, tile + header + part * 4};
}

/// total += scale * sum (+ minimum * sum of the activations) of group g, for `mr` rows of activations from i0 on.
INLINE void add_group(int mr, block_format format, const pk_product *p, slice_data w, int i0, int g, floats total[ROWS]) {
    long groups = p->columns / PK_GROUP;
    const int8_t *a = p->a.q + i0 * (long)p->columns + g * PK_GROUP;
    const float *scale = p->a.scale + i0 * groups + g;
    const int32_t *sum = p->a.sum + i0 * groups + g;
    integers s[ROWS];
    if (format == Q8) q8_sums(mr, w.quants + (size_t)g * 512, a, p->columns, sum, groups, s);
    else q4_sums(mr, w.quants + (size_t)g * 256, a, p->columns, s);
    const uint16_t *scales = w.scales + (size_t)g * (format == Q8 ? 16 : 32);
    floats ws = load_f16(scales);
    UNROLL for (int i = 0; i < mr; i++)
        total[i] = fma_(ws * scale[i * groups], __builtin_convertvector(s[i], floats), total[i]);
    if (format == Q8) return;
    floats minimum = load_f16(scales + 16);
    UNROLL for (int i = 0; i < mr; i++)
        total[i] = fma_(minimum, all(scale[i * groups] * (float)sum[i * groups]), total[i]);
}

/// Asks for the tile's quants some groups ahead. One row of activations is as fast as its weights arrive, and what the processor
/// fetches by itself leaves a tenth of the memory's speed unused.
INLINE void fetch_ahead(block_format format, slice_data w, int g) {
    int bytes = format == Q8 ? 512 : 256;
    UNROLL for (int line = 0; line < bytes; line += 64) __builtin_prefetch(w.quants + (size_t)g * bytes + line + 1536);
}

/// Outputs of `ns` slices for `mr` rows of activations from i0 on.
INLINE void slices_rows(int ns, int mr, block_format format, const pk_product *p, int slice, int i0) {
    slice_data w[SLICES];
    floats total[SLICES][ROWS];
    UNROLL for (int k = 0; k < ns; k++) {
        w[k] = slice_at(p, format, slice + k);
        UNROLL for (int i = 0; i < mr; i++) total[k][i] = all(0);
    }
    for (int g = 0; g < p->columns / PK_GROUP; g++)
        UNROLL for (int k = 0; k < ns; k++) {
            if (mr == 1 && k % TILE_SLICES == 0) fetch_ahead(format, w[k], g);
            add_group(mr, format, p, w[k], i0, g, total[k]);
        }
    int first = slice * LANES, count = p->row1 - first < ns * LANES ? p->row1 - first : ns * LANES;
    UNROLL for (int i = 0; i < mr; i++) {
        float results[SLICES * LANES];
        UNROLL for (int k = 0; k < ns; k++) store(results + k * LANES, total[k][i]);
        finish(p, i0 + i, first, count, results);
    }
}

/// Slices at a time for `mr` rows: with few rows a tile is read once and two sums hide each other's latency.
INLINE int slices_beside(int mr) { return LANES == 16 || mr <= 2 ? 2 : 1; }

INLINE void slice_rows(int mr, block_format format, const pk_product *p, int slice, int left, int i0) {
    int ns = slices_beside(mr), k = 0;
    for (; k + ns <= left; k += ns) slices_rows(ns, mr, format, p, slice + k, i0);
    for (; k < left; k++) slices_rows(1, mr, format, p, slice + k, i0);
}

INLINE void product(const pk_product *p, block_format format) {
    int strips = (p->m + ROWS - 1) / ROWS, end = (p->row1 + LANES - 1) / LANES;
    for (int slice = p->row0 / LANES; slice < end; slice += SLICES) {
        int left = end - slice < SLICES ? end - slice : SLICES;
        for (int k = 0, i = 0; k < strips; k++) {
            int rows = (p->m - i + strips - k - 1) / (strips - k);  // strips of nearly equal height
            switch (rows) {
            case 1: slice_rows(1, format, p, slice, left, i); break;
            case 2: slice_rows(2, format, p, slice, left, i); break;
            case 3: slice_rows(3, format, p, slice, left, i); break;
            default: slice_rows(4, format, p, slice, left, i);
            }
            i += rows;
        }
    }
}

static void product_q8(const pk_product *p) { product(p, Q8); }
static void product_q4(const pk_product *p) { product(p, Q4); }

static void quantize(const float *x, long ldx, int m, int columns, pk_activations a) {
    long groups = columns / PK_GROUP;
    for (long at = 0; at < m * groups; at++) {
        const float *v = x + at / groups * ldx + at % groups * PK_GROUP;
        floats most = all(0);
        for (int c = 0; c < PK_GROUP; c += LANES) most = larger(magnitude(load(v + c)), most);
        float top = largest(most), inverse = pk_quantize_factor(top);
        integers sums = 0;
        for (int c = 0; c < PK_GROUP; c += LANES) {
            floats scaled = load(v + c) * inverse;
            integers q = __builtin_convertvector(__builtin_elementwise_rint(scaled), integers);
            typedef int8_t bytes __attribute__((ext_vector_type(LANES)));
            bytes b = __builtin_convertvector(q, bytes);
            memcpy(a.q + at * PK_GROUP + c, &b, sizeof b);
            sums += q;
        }
        a.scale[at] = top / 127;
        a.sum[at] = __builtin_reduce_add(sums);
    }
}

void LEVEL(install_block_products)(pk_kernels *table) {
    table->product_q8 = product_q8;
    table->product_q4 = product_q4;
    table->quantize = quantize;
}
