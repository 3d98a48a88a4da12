// Products with weights in f32, f16 or bf16, for vectors of LANES floats (see lanes.h).
//
// An output is the dot product of a row of x and a row of w. Its partial sums live in one vector, lane l taking the columns
// c = l (mod LANES) in ascending order, and are folded at the end by sum(): the same operations for every m, range of rows and
// block, hence the same bits. A block computes mr x nr outputs at a time: enough independent sums to keep the multipliers busy
// (latency 4 x 2 units: 8 at least), as many as the registers hold.
#include "mathematics.h"

typedef enum { F32, F16, BF16 } stored_as;

enum {
    STRIP = 6,             // rows of x at a time, at most
    WIDTH = 8,             // rows of w in a block, at most
    BAND = 64,             // rows of w that pass by a strip, at most
    BAND_NUMBERS = 65536,  // of w: stay in the second-level cache while the strips of x pass by
    CHUNK = 512,           // columns at a time: a strip of x stays in the first-level cache while the band passes by
};

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

/// sums[i][r] += x[i] w[r] over the columns [c0, c1): rows of x ldx numbers, of w ldw bytes apart.
INLINE void block(int mr, int nr, stored_as format, const float *x, long ldx, const char *w, long ldw, long c0, long c1,
                  floats sums[][BAND]) {
    floats s[STRIP][WIDTH], wv[WIDTH];
    UNROLL for (int i = 0; i < mr; i++) UNROLL for (int r = 0; r < nr; r++) s[i][r] = sums[i][r];
    long c = c0;
    for (; c + LANES <= c1; c += LANES) {
        UNROLL for (int r = 0; r < nr; r++) wv[r] = weights(w + r * ldw, c, LANES, format);
        UNROLL for (int i = 0; i < mr; i++) {
            floats xv = load(x + i * ldx + c);
            UNROLL for (int r = 0; r < nr; r++) s[i][r] = fma_(xv, wv[r], s[i][r]);
        }
    }
    if (c < c1) {
        UNROLL for (int r = 0; r < nr; r++) wv[r] = weights(w + r * ldw, c, c1 - c, format);
        UNROLL for (int i = 0; i < mr; i++) {
            floats xv = take(x + i * ldx + c, c1 - c);
            UNROLL for (int r = 0; r < nr; r++) s[i][r] = fma_(xv, wv[r], s[i][r]);
        }
    }
    UNROLL for (int i = 0; i < mr; i++) UNROLL for (int r = 0; r < nr; r++) sums[i][r] = s[i][r];
}

/// The outputs [n0, n0 + count) of the `mr` rows of x from i0 on.
INLINE void strip(int mr, stored_as format, const pk_product *p, int i0, int n0, int count) {
    int nr = block_width(mr);
    long columns = p->columns, ldw = columns * number_bytes(format);
    // With few rows of x the weights come from memory: whole rows of them, one after the other.
    long chunk = mr <= 2 ? columns : CHUNK;
    const float *x = p->x + i0 * p->ldx;
    const char *w = (const char *)p->w + n0 * ldw;
    floats sums[STRIP][BAND];
    for (int i = 0; i < mr; i++) memset(sums[i], 0, sizeof(floats) * (size_t)count);
    for (long c0 = 0; c0 < columns; c0 += chunk) {
        long c1 = c0 + chunk < columns ? c0 + chunk : columns;
        int r = 0;
        for (; r + nr <= count; r += nr)
            block(mr, nr, format, x, p->ldx, w + r * ldw, ldw, c0, c1, (floats(*)[BAND]) & sums[0][r]);
        for (; r < count; r++) block(mr, 1, format, x, p->ldx, w + r * ldw, ldw, c0, c1, (floats(*)[BAND]) & sums[0][r]);
    }
    for (int i = 0; i < mr; i++) {
        float results[BAND];
        for (int r = 0; r < count; r++) results[r] = sum(sums[i][r]);
        finish(p, i0 + i, n0, count, results);
    }
}

INLINE void product(const pk_product *p, stored_as format) {
    int band = BAND_NUMBERS / (p->columns > 0 ? p->columns : 1);
    band = band > BAND ? BAND : band < 12 ? 12 : band / 4 * 4;
    int strips = (p->m + STRIP - 1) / STRIP;
    for (int n0 = p->row0; n0 < p->row1; n0 += band) {
        int count = p->row1 - n0 < band ? p->row1 - n0 : band;
        for (int k = 0, i = 0; k < strips; k++) {
            // Strips of nearly equal height: a last strip of one row would read the whole band for it.
            int rows = (p->m - i + strips - k - 1) / (strips - k);
            switch (rows) {
            case 1: strip(1, format, p, i, n0, count); break;
            case 2: strip(2, format, p, i, n0, count); break;
            case 3: strip(3, format, p, i, n0, count); break;
            case 4: strip(4, format, p, i, n0, count); break;
            case 5: strip(5, format, p, i, n0, count); break;
            default: strip(6, format, p, i, n0, count);
            }
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
