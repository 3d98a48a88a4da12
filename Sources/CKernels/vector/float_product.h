// Products with weights in f32, f16 or bf16, for vectors of LANES floats (see lanes.h).
//
// An output is the dot product of a row of x and a row of w. Its partial sums live in one vector, lane l taking the columns
// c = l (mod LANES) in ascending order, and are folded at the end by sum(): the same operations for every m, range of rows and
// block, hence the same bits. A block computes mr x nr outputs at a time: enough independent sums to keep the multipliers busy
// (latency 4 x 2 units: 8 at least), as many as the registers hold.
#include "mathematics.h"

typedef enum { F32, F16, BF16 } stored_as;

enum {
    HEIGHT = 6,   // rows of x in a block, at most
    WIDTH = 8,    // rows of w in a block, at most
    STRIP = 24,   // rows of x, and
    BAND = 64,    // rows of w that meet at a time, and
    CHUNK = 512,  // how many of their columns: 48 and 128 KiB, which stay in the second-level cache
};

typedef floats band_sums[BAND];

/// Rows of w in a block of `mr` rows of x, for 16 registers of 8 lanes and 32 of 16.
INLINE int block_width(int mr) {
    if (mr == 1) return 8;
    return LANES == 16 ? (mr <= 2 ? 8 : 4) : (mr <= 3 ? 4 : mr == 4 ? 3 : 2);
}

INLINE int number_bytes(stored_as format) { return format == F32 ? 4 : 2; }

/// The weights [at, at + LANES) of a row, zeros where fewer are left.
INLINE floats weights(const char *row, long at, long left, stored_as format) {
    const char *from = row + at * number_bytes(format);
    if (format == F32) return take((const float *)from, left);
    uint16_t part[LANES] = {0};
    if (left < LANES) from = memcpy(part, from, sizeof(uint16_t) * (size_t)left);
    return format == F16 ? load_f16((const uint16_t *)from) : load_bf16((const uint16_t *)from);
}

/// sums[i][r] += x[i] w[r] over the columns [c0, c1), the first of all from 0 on: rows of x, which starts at column c0, are ldx
/// numbers apart, rows of w, whole, ldw bytes.
INLINE void block(int mr, int nr, stored_as format, const float *x, long ldx, const char *w, long ldw, long c0, long c1,
                  band_sums *sums) {
    floats s[HEIGHT][WIDTH], wv[WIDTH];
    UNROLL for (int i = 0; i < mr; i++) UNROLL for (int r = 0; r < nr; r++) s[i][r] = c0 ? sums[i][r] : all(0);
    long c = c0;
    for (; c + LANES <= c1; c += LANES) {
        UNROLL for (int r = 0; r < nr; r++) wv[r] = weights(w + r * ldw, c, LANES, format);
        UNROLL for (int i = 0; i < mr; i++) {
            floats xv = load(x + i * ldx + c - c0);
            UNROLL for (int r = 0; r < nr; r++) s[i][r] = fma_(xv, wv[r], s[i][r]);
        }
    }
    if (c < c1) {
        UNROLL for (int r = 0; r < nr; r++) wv[r] = weights(w + r * ldw, c, c1 - c, format);
        UNROLL for (int i = 0; i < mr; i++) {
            floats xv = take(x + i * ldx + c - c0, c1 - c);
            UNROLL for (int r = 0; r < nr; r++) s[i][r] = fma_(xv, wv[r], s[i][r]);
        }
    }
    UNROLL for (int i = 0; i < mr; i++) UNROLL for (int r = 0; r < nr; r++) sums[i][r] = s[i][r];
}

/// The sums of the rows of w from r on.
INLINE band_sums *rows_from(band_sums *sums, int r) { return (band_sums *)&sums[0][r]; }

/// Columns [c0, c1) of a strip's rows side by side: rows a power of two apart would fight for the same lines of the cache.
INLINE void gather(int rows, const float *x, long ldx, long c0, long c1, float to[STRIP][CHUNK]) {
    for (int i = 0; i < rows; i++) memcpy(to[i], x + i * ldx + c0, sizeof(float) * (size_t)(c1 - c0));
}

/// Columns [c0, c1) of `mr` rows of x against those of a band: sums[i][r] += x[i] w[r].
INLINE void block_row(int mr, stored_as format, const float *x, long ldx, const char *w, long ldw, int count, long c0, long c1,
                      band_sums *sums) {
    int nr = block_width(mr), r = 0;
    for (; r + nr <= count; r += nr) block(mr, nr, format, x, ldx, w + r * ldw, ldw, c0, c1, rows_from(sums, r));
    for (; r < count; r++) block(mr, 1, format, x, ldx, w + r * ldw, ldw, c0, c1, rows_from(sums, r));
}

/// The same for any number of rows, in blocks of nearly equal height.
INLINE void all_blocks(int rows, stored_as format, const float *x, long ldx, const char *w, long ldw, int count, long c0,
                       long c1, band_sums *sums) {
    int blocks = (rows + HEIGHT - 1) / HEIGHT;
    for (int i = 0; blocks > 0; blocks--) {
        int mr = (rows - i + blocks - 1) / blocks;
        const float *from = x + i * ldx;
        switch (mr) {
        case 1: block_row(1, format, from, ldx, w, ldw, count, c0, c1, sums + i); break;
        case 2: block_row(2, format, from, ldx, w, ldw, count, c0, c1, sums + i); break;
        case 3: block_row(3, format, from, ldx, w, ldw, count, c0, c1, sums + i); break;
        case 4: block_row(4, format, from, ldx, w, ldw, count, c0, c1, sums + i); break;
        case 5: block_row(5, format, from, ldx, w, ldw, count, c0, c1, sums + i); break;
        default: block_row(6, format, from, ldx, w, ldw, count, c0, c1, sums + i);
        }
        i += mr;
    }
}

/// Row i of the product, outputs [n0, n0 + count), from the vectors of partial sums.
INLINE void finish_sums(const pk_product *p, int i, int n0, int count, floats *sums) {
    float results[BAND];
    for (int r = count; r % 8; r++) sums[r] = all(0);
    for (int r = 0; r < count; r += 8) {
        float8 eight = sums8(sums + r);
        memcpy(results + r, &eight, sizeof eight);
    }
    finish(p, i, n0, count, results);
}

/// The outputs [n0, n0 + count) of `rows` rows of x from i0 on.
INLINE void strip(int rows, stored_as format, const pk_product *p, int i0, int n0, int count) {
    long columns = p->columns, ldw = columns * number_bytes(format);
    const float *x = p->x + i0 * p->ldx;
    const char *w = (const char *)p->w + n0 * ldw;
    band_sums sums[STRIP];
    if (rows <= 2) {
        // The weights come from memory: whole rows of them, one after the other.
        all_blocks(rows, format, x, p->ldx, w, ldw, count, 0, columns, sums);
    } else {
        float gathered[STRIP][CHUNK] __attribute__((aligned(64)));
        for (long c0 = 0; c0 < columns; c0 += CHUNK) {
            long c1 = c0 + CHUNK < columns ? c0 + CHUNK : columns;
            gather(rows, x, p->ldx, c0, c1, gathered);
            all_blocks(rows, format, gathered[0], CHUNK, w, ldw, count, c0, c1, sums);
        }
    }
    for (int i = 0; i < rows; i++) finish_sums(p, i0 + i, n0, count, sums[i]);
}

static inline void product(const pk_product *p, stored_as format) {
    int strips = (p->m + STRIP - 1) / STRIP;
    for (int n0 = p->row0; n0 < p->row1; n0 += BAND) {
        int count = p->row1 - n0 < BAND ? p->row1 - n0 : BAND;
        for (int k = 0, i = 0; k < strips; k++) {
            int rows = (p->m - i + strips - k - 1) / (strips - k);
            strip(rows, format, p, i, n0, count);
            i += rows;
        }
    }
}

static void product_f32(const pk_product *p) { product(p, F32); }
static void product_f16(const pk_product *p) { product(p, F16); }
static void product_bf16(const pk_product *p) { product(p, BF16); }

void LEVEL(install_float_products)(pk_kernels *table) {
    table->product_f32 = product_f32;
    table->product_f16 = product_f16;
    table->product_bf16 = product_bf16;
}
