// Products with 8- and 4-bit weights, for vectors of LANES numbers (see lanes.h). A slice is LANES rows of a tile: a half of it
// or the whole. The level's file has defined
//   ROWS, SLICES                          rows of activations and slices whose sums the registers hold, at most
//   slices_beside(mr)                     how many of them for mr rows
//   q8_sums(ns, mr, quants, a, low, lda, start, ldstart, s): s[k][i] = sum over a group's 32 columns of (q - 128) a[i], or of
//                                         (q - 128) (256 a[i] + low[i]) where low is not NULL
//   q4_sums(ns, mr, quants, a, lda, s):                 s[k][i] = sum of q a[i]
//   q4l_sums(ns, mr, quants, a, lda, start, ldstart, s): s[k][i] = sum of level(q) a[i]
// for the slices k whose first quants are given, one row of weights a lane. Integer sums are exact and groups add up in
// ascending order in one number a lane: a result does not depend on m or on the rows beside it.
#include "mathematics.h"

typedef enum { Q8, Q8_FINE, Q4, Q4L } block_format;  // FINE: 16-bit activations

INLINE int is_q8(block_format format) { return format == Q8 || format == Q8_FINE; }

enum {
    TILE_SLICES = PK_TILE_ROWS / LANES,
    DEPTH = 32,    // groups of columns that go through all rows of activations before the next ones: two tiles of them stay in the
                   // first-level cache
    KEPT = 256,    // rows of activations whose sums wait meanwhile, at most
    AHEAD = 2048,  // bytes of weights asked for before they are used
};

/// A slice: its tile and the row of the tile that it begins with.
typedef struct { const uint8_t *tile; int row; } slice_data;

INLINE slice_data slice_at(const pk_product *p, block_format format, int slice) {
    size_t columns = (size_t)p->columns;
    size_t bytes = is_q8(format) ? pk_q8_tile_bytes(columns) : format == Q4 ? pk_q4_tile_bytes(columns) : pk_q4l_tile_bytes(columns);
    return (slice_data){(const uint8_t *)p->w + (size_t)(slice / TILE_SLICES) * bytes, slice % TILE_SLICES * LANES};
}

/// The quants of group g of a slice; `groups` of the tile.
INLINE const uint8_t *quants_at(block_format format, slice_data w, int g, int groups) {
    size_t at = is_q8(format)  ? (size_t)((groups * 32 + 63) / 64 * 64 + g * 512)
                : format == Q4 ? (size_t)(groups * 64 + g * 256)
                               : pk_q4l_quants_at((size_t)g);
    return w.tile + at + w.row * 4;
}

/// The scales of group g of a slice.
INLINE floats scales_at(block_format format, slice_data w, int g) {
    if (format != Q4L) return load_f16((const uint16_t *)w.tile + (size_t)g * (is_q8(format) ? 16 : 32) + w.row);
    typedef int8_t bytes __attribute__((ext_vector_type(LANES)));
    bytes scales;
    memcpy(&scales, w.tile + pk_q4l_scales_at((size_t)g) + w.row, sizeof scales);
    return __builtin_convertvector(__builtin_convertvector(scales, integers), floats);
}

/// total += scale * sum (+ minimum * offset of the activations) of group g, for `ns` slices and `mr` rows of activations.
INLINE void add_group(int ns, int mr, block_format format, const pk_product *p, const slice_data *w, int i0, int g,
                      floats total[SLICES][ROWS]) {
    long groups = p->columns / PK_GROUP, at = i0 * groups + g;
    const int8_t *a = (format == Q8_FINE ? p->a.high : p->a.q) + at * PK_GROUP;
    const uint8_t *quants[SLICES];
    UNROLL for (int k = 0; k < ns; k++) quants[k] = quants_at(format, w[k], g, (int)groups);
    integers s[SLICES][ROWS];
    if (format == Q8) q8_sums(ns, mr, quants, a, NULL, p->columns, p->a.start + at, groups, s);
    else if (format == Q8_FINE) q8_sums(ns, mr, quants, a, p->a.low + at * PK_GROUP, p->columns, p->a.fine_start + at, groups, s);
    else if (format == Q4) q4_sums(ns, mr, quants, a, p->columns, s);
    else q4l_sums(ns, mr, quants, a, p->columns, p->a.start + at, groups, s);
    UNROLL for (int k = 0; k < ns; k++) {
        floats ws = scales_at(format, w[k], g);
        UNROLL for (int i = 0; i < mr; i++)
            total[k][i] = fma_(format == Q8_FINE ? ws : ws * p->a.scale[at + i * groups],
                               __builtin_convertvector(s[k][i], floats), total[k][i]);
        if (format != Q4) continue;
        floats minimum = load_f16((const uint16_t *)w[k].tile + (size_t)g * 32 + 16 + w[k].row);
        UNROLL for (int i = 0; i < mr; i++) total[k][i] = fma_(minimum, all(p->a.offset[at + i * groups]), total[k][i]);
    }
}

INLINE void fetch_lines(const uint8_t *from, int bytes) {
    UNROLL for (int line = 0; line < bytes; line += 64) __builtin_prefetch(from + line);
}

/// Asks for what lies ahead of group g in memory: as much as a group has, AHEAD bytes before it is used. One row of activations
/// is as fast as its weights arrive, and tiles whose scales lie before their quants are two streams, of which the processor by
/// itself follows one: the quants of the next tile follow on those of this one, and its scales are asked for a tile ahead. Q4L is
/// one stream, and asking for it only holds up what the processor asks for.
INLINE void fetch_ahead(block_format format, slice_data w, int g, int groups) {
    int bytes = is_q8(format) ? 512 : 256, scales = is_q8(format) ? 32 : 64;
    if (format == Q4L) return;
    size_t header = ((size_t)groups * (size_t)scales + 63) / 64 * 64, all = (size_t)groups * (size_t)bytes;
    size_t at = (size_t)g * (size_t)bytes + AHEAD;
    fetch_lines(w.tile + header + at + (at < all ? 0 : header), bytes);
    if (g * scales % 64 == 0) __builtin_prefetch(w.tile + header + all + (size_t)(g * scales));
}

/// The groups [g0, g1) of `ns` slices for `mr` rows of activations from i0 on. Sums begin at what is in `kept` unless g0 is 0,
/// and become outputs after the last group, else they go back there; [mr][SLICES * LANES].
INLINE void slices_rows(int ns, int mr, block_format format, const pk_product *p, int slice, int i0, int g0, int g1,
                        float *kept) {
    slice_data w[SLICES];
    floats total[SLICES][ROWS];
    UNROLL for (int k = 0; k < ns; k++) {
        w[k] = slice_at(p, format, slice + k);
        UNROLL for (int i = 0; i < mr; i++)
            total[k][i] = g0 ? load(kept + (i * SLICES + k) * LANES) : all(0);
    }
    for (int g = g0; g < g1; g++) {
        UNROLL for (int k = 0; k < ns; k++)
            if (i0 == 0 && k % TILE_SLICES == 0) fetch_ahead(format, w[k], g, p->columns / PK_GROUP);
        add_group(ns, mr, format, p, w, i0, g, total);
    }
    float ends[SLICES * LANES];
    int first = slice * LANES, count = p->row1 - first < ns * LANES ? p->row1 - first : ns * LANES;
    int is_last = g1 == p->columns / PK_GROUP;
    UNROLL for (int i = 0; i < mr; i++) {
        float *to = is_last ? ends : kept + i * SLICES * LANES;
        UNROLL for (int k = 0; k < ns; k++) {
            floats end = total[k][i];
            if (is_last && format == Q4L) end *= load((const float *)w[k].tile + w[k].row);
            if (is_last && format == Q8_FINE) end *= p->a.row_scale[i0 + i];
            store(to + k * LANES, end);
        }
        if (is_last) finish(p, i0 + i, first, count, ends);
    }
}

/// `left` slices, at most SLICES, for `mr` rows of activations.
INLINE void strip_rows(int mr, block_format format, const pk_product *p, int slice, int left, int i0, int g0, int g1,
                       float *kept) {
    int ns = slices_beside(mr), k = 0;
    for (; k + ns <= left; k += ns) slices_rows(ns, mr, format, p, slice + k, i0, g0, g1, kept + k * LANES);
    for (; k < left; k++) slices_rows(1, mr, format, p, slice + k, i0, g0, g1, kept + k * LANES);
}

/// Strips of nearly equal height: `left` rows in as few of them as there must be; the height of the first.
INLINE int strip_height(int left) {
    int strips = (left + ROWS - 1) / ROWS;
    return (left + strips - 1) / strips;
}

/// The groups [g0, g1) of up to SLICES slices for the rows of activations [i0, i1).
INLINE void strips(block_format format, const pk_product *p, int slice, int left, int i0, int i1, int g0, int g1, float *kept) {
    for (int i = i0, rows; i < i1; i += rows, kept += rows * SLICES * LANES) {
        rows = strip_height(i1 - i);
#define STRIP(mr) strip_rows(mr, format, p, slice, left, i, g0, g1, kept)
        FOR_ROWS(rows, STRIP)
    }
}

INLINE void product(const pk_product *p, block_format format) {
    float kept[KEPT * SLICES * LANES] __attribute__((aligned(64)));
    int end = (p->row1 + LANES - 1) / LANES, groups = p->columns / PK_GROUP;
    for (int i0 = 0; i0 < p->m; i0 += KEPT) {
        int i1 = p->m - i0 < KEPT ? p->m : i0 + KEPT;
        // With few rows each weight is used once or twice, and nothing is gained by waiting.
        int depth = i1 - i0 > 2 * ROWS ? DEPTH : groups;
        for (int slice = p->row0 / LANES; slice < end; slice += SLICES)
            for (int g = 0; g < groups; g += depth)
                strips(format, p, slice, end - slice < SLICES ? end - slice : SLICES, i0, i1, g,
                       groups - g < depth ? groups : g + depth, kept);
    }
}

static void product_q8(const pk_product *p) { p->a.low ? product(p, Q8_FINE) : product(p, Q8); }
static void product_q4(const pk_product *p) { product(p, Q4); }
static void product_q4l(const pk_product *p) { product(p, Q4L); }

/// The largest lane; none is negative or not a number, so that they sort as integers.
INLINE float largest_magnitude(floats v) {
    integers bits = (integers)v;
    union { int32_t i; float f; } top = {__builtin_reduce_max(bits)};
    return top.f;
}

typedef int8_t bytes __attribute__((ext_vector_type(LANES)));

INLINE void put_bytes(int8_t *to, integers v) {
    bytes b = __builtin_convertvector(v, bytes);
    memcpy(to, &b, sizeof b);
}

/// Group number `at`, counted from the first row's first.
INLINE void quantize_group(const float *v, pk_activations a, long at) {
    floats most = all(0);
    UNROLL for (int c = 0; c < PK_GROUP; c += LANES) most = larger(magnitude(load(v + c)), most);
    float top = largest_magnitude(most), inverse = pk_quantize_factor(top);
    integers sums = 0;
    UNROLL for (int c = 0; c < PK_GROUP; c += LANES) {
        integers q = __builtin_convertvector(__builtin_elementwise_rint(load(v + c) * inverse), integers);
        put_bytes(a.q + at * PK_GROUP + c, q);
        sums += q;
    }
    int32_t sum = __builtin_reduce_add(sums);
    a.scale[at] = top / 127;
    a.start[at] = -128 * sum;
    a.offset[at] = a.scale[at] * (float)sum;
}

INLINE void quantize_fine_row(const float *x, int columns, int8_t *high, int8_t *low, int32_t *start, float *row_scale) {
    floats most = all(0);
    for (int c = 0; c < columns; c += LANES) most = larger(magnitude(load(x + c)), most);
    float top = largest_magnitude(most), inverse = pk_fine_factor(top);
    for (int c = 0; c < columns; c += PK_GROUP) {
        integers sums = 0;
        UNROLL for (int k = c; k < c + PK_GROUP; k += LANES) {
            integers steps = __builtin_convertvector(__builtin_elementwise_rint(load(x + k) * inverse), integers);
            integers upper = (steps + 128) >> 8, lower = __builtin_elementwise_max(steps - (upper << 8), (integers)(-127));
            put_bytes(high + k, upper);
            put_bytes(low + k, lower);
            sums += (upper << 8) + lower;
        }
        start[c / PK_GROUP] = -128 * __builtin_reduce_add(sums);
    }
    *row_scale = top / PK_FINE_STEPS;
}

static void quantize(const float *x, long ldx, int m, int columns, pk_activations a) {
    long groups = columns / PK_GROUP, at = 0;
    for (long i = 0; a.low && i < m; i++)
        quantize_fine_row(x + i * ldx, columns, a.high + i * columns, a.low + i * columns, a.fine_start + i * groups,
                          a.row_scale + i);
    for (int i = 0; a.q && i < m; i++)
        for (long g = 0; g < groups; g++, at++) quantize_group(x + i * ldx + g * PK_GROUP, a, at);
}

void LEVEL(install_block_products)(pk_kernels *table) {
    table->product_q8 = product_q8;
    table->product_q4 = product_q4;
    table->product_q4l = product_q4l;
    table->quantize = quantize;
}
