// Products with 8- and 4-bit weights, for vectors of LANES numbers (see lanes.h). A slice is LANES rows of a tile: a half of it
// or the whole. The level's file has defined
//   ROWS, SLICES                          rows of activations and slices whose sums the registers hold, at most
//   slices_beside(mr)                     how many of them for mr rows
//   q8_sums(ns, mr, quants, a, s):      s[k][i] = sum over a group's 32 columns of (q - 128) a[i]
//   q8_fine_sums, q8_wide_sums:         the same with PK_FINE, PK_WIDE
//   q4_sums(ns, mr, quants, a, s):      s[k][i] = sum of q a[i]
//   q4l_sums(ns, mr, quants, a, s):     s[k][i] = the start and the sum of level(q) a[i], a number to be read as a float
// for the slices k whose first quants are given, one row of weights a lane, and a group of a strip of mr rows. Integer sums are
// exact and groups add up in ascending order in one number a lane: a result does not depend on m or on the rows beside it.
#include "mathematics.h"

typedef enum { Q8, Q8_FINE, Q8_WIDE, Q4, Q4L } block_format;  // FINE, WIDE: with such activations

INLINE int is_q8(block_format format) { return format <= Q8_WIDE; }

enum {
    TILE_SLICES = PK_TILE_ROWS / LANES,
    DEPTH = 128,  // groups of columns that go through all rows of activations before the next ones: two tiles of them stay in
                  // the second-level cache
    KEPT = 252,   // rows of activations whose sums wait meanwhile, at most; whole strips
    AHEAD = 4096,  // bytes of weights asked for before they are used
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
    int groups = p->columns / PK_GROUP;
    pk_strip_group a = pk_group_of(&p->a, mr, i0, g);
    const uint8_t *quants[SLICES];
    UNROLL for (int k = 0; k < ns; k++) quants[k] = quants_at(format, w[k], g, groups);
    integers s[SLICES][ROWS];
    if (format == Q8) q8_sums(ns, mr, quants, a, s);
    else if (format == Q8_FINE) q8_fine_sums(ns, mr, quants, a, s);
    else if (format == Q8_WIDE) q8_wide_sums(ns, mr, quants, a, s);
    else if (format == Q4) q4_sums(ns, mr, quants, a, s);
    else q4l_sums(ns, mr, quants, a, s);
    UNROLL for (int k = 0; k < ns; k++) {
        floats ws = scales_at(format, w[k], g);
        UNROLL for (int i = 0; i < mr; i++) {
            // With a scale that is a power of two the sum is a float already, but for what it began with.
            floats sum = format == Q4L ? (floats)s[k][i] - a.scale[i] : __builtin_convertvector(s[k][i], floats);
            total[k][i] = fma_(format == Q4L ? ws : ws * a.scale[i], sum, total[k][i]);
        }
        if (format != Q4) continue;
        floats minimum = load_f16((const uint16_t *)w[k].tile + (size_t)g * 32 + 16 + w[k].row);
        UNROLL for (int i = 0; i < mr; i++) total[k][i] = fma_(minimum, all(a.offset[i]), total[k][i]);
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

/// The groups [g0, g1) of up to SLICES slices for the rows of activations [i0, i1).
INLINE void strips(block_format format, const pk_product *p, int slice, int left, int i0, int i1, int g0, int g1, float *kept) {
    for (int i = i0, rows; i < i1; i += rows, kept += rows * SLICES * LANES) {
        rows = i1 - i < ROWS ? i1 - i : ROWS;
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

static void product_q8(const pk_product *p) {
    if (p->a.precision == PK_FINE) product(p, Q8_FINE);
    else if (p->a.precision == PK_WIDE) product(p, Q8_WIDE);
    else product(p, Q8);
}
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

/// The largest of each four neighbouring lanes, in all of them.
INLINE floats largest_of_four(floats v) {
#if LANES == 16
    v = larger(__builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14), v);
    return larger(__builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13), v);
#else
    v = larger(__builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6), v);
    return larger(__builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5), v);
#endif
}

/// The first step with a number as large as `top`, and the largest number of the others.
INLINE int largest_step(const float *v, float top, float *rest) {
    integers first = 7;
    floats steps[PK_GROUP / LANES], others = all(0);
    UNROLL for (int k = 0; k < PK_GROUP / LANES; k++) {
        steps[k] = largest_of_four(larger(magnitude(load(v + k * LANES)), all(0)));
        integers number = (lane_numbers() + k * LANES) >> 2;
        first = __builtin_elementwise_min(first, steps[k] >= top ? number : 7);
    }
    int step = __builtin_reduce_min(first);
    UNROLL for (int k = 0; k < PK_GROUP / LANES; k++) {
        integers number = (lane_numbers() + k * LANES) >> 2;
        others = larger(where(number == step, all(0), steps[k]), others);
    }
    *rest = largest_magnitude(others);
    return step;
}

/// Group g of row i, one of the strip of `rows` rows from i0 on, from v.
INLINE void quantize_group(pk_precision precision, const float *v, const pk_activations *a, int i, int i0, int rows, int g) {
    long first = i0 * (long)(a->columns / PK_GROUP) + (long)g * rows, at = first + i - i0;
    floats most = all(0);
    UNROLL for (int c = 0; c < PK_GROUP; c += LANES) most = larger(magnitude(load(v + c)), most);
    float top = largest_magnitude(most), rest;
    int step = precision == PK_FINE ? largest_step(v, top, &rest) : 0;
    pk_group_scale s = precision == PK_PLAIN   ? pk_plain_scale(top)
                       : precision == PK_POWER ? pk_power_scale(top)
                       : precision == PK_FINE  ? pk_fine_scale(top, rest)
                                               : pk_wide_scale(top);
    int8_t quants[PK_GROUP], uppers[PK_GROUP];
    integers sums = 0;
    UNROLL for (int c = 0; c < PK_GROUP; c += LANES) {
        integers steps = __builtin_convertvector(__builtin_elementwise_rint(load(v + c) * s.factor), integers);
        sums += steps;
        if (precision == PK_WIDE) {
            integers upper = __builtin_elementwise_max((steps + 64) >> 7, (integers)(-127));
            upper = __builtin_elementwise_min(upper, (integers)127);
            put_bytes(uppers + c, upper);
            steps -= upper << 7;
        }
        put_bytes(quants + c, steps);
    }
    if (precision == PK_FINE) {
        for (int j = 0; j < 4; j++) {
            int steps = (int)__builtin_rintf(v[4 * step + j] * s.factor), upper = pk_upper(steps);
            a->high[at * 4 + j] = (int8_t)upper;
            quants[4 * step + j] = (int8_t)(steps - 128 * upper);
        }
        a->step[at] = 64 * step;
    }
    long place = first * PK_GROUP + (i - i0) * 4;
    UNROLL for (int k = 0; k < 8; k++) {
        memcpy(a->q + place + k * 4 * rows, quants + 4 * k, 4);
        if (precision == PK_WIDE) memcpy(a->high + place + k * 4 * rows, uppers + 4 * k, 4);
    }
    int32_t sum = __builtin_reduce_add(sums);
    a->scale[at] = precision == PK_POWER ? PK_POWER_ZERO * s.scale : s.scale;
    a->start[at] = pk_start(precision, sum, s.scale);
    if (precision == PK_PLAIN) a->offset[at] = s.scale * (float)sum;
}

INLINE void quantize_rows(pk_precision precision, const float *x, long ldx, int row, int count, int column, int columns,
                          const pk_activations *a) {
    for (int i = row; i < row + count; i++, x += ldx) {
        int i0 = i / a->strip * a->strip, rows = a->m - i0 < a->strip ? a->m - i0 : a->strip;
        for (int c = 0; c < columns; c += PK_GROUP) quantize_group(precision, x + c, a, i, i0, rows, (column + c) / PK_GROUP);
    }
}

static void quantize(const float *x, long ldx, int row, int count, int column, int columns, const pk_activations *a) {
    switch (a->precision) {
    case PK_PLAIN: return quantize_rows(PK_PLAIN, x, ldx, row, count, column, columns, a);
    case PK_POWER: return quantize_rows(PK_POWER, x, ldx, row, count, column, columns, a);
    case PK_FINE: return quantize_rows(PK_FINE, x, ldx, row, count, column, columns, a);
    case PK_WIDE: return quantize_rows(PK_WIDE, x, ldx, row, count, column, columns, a);
    }
}

void LEVEL(install_block_products)(pk_kernels *table) {
    table->product_q8 = product_q8;
    table->product_q4 = product_q4;
    table->product_q4l = product_q4l;
    table->quantize = quantize;
    table->strip = ROWS;
}
