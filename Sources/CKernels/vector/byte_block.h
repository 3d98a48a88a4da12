// Weights into 8-bit blocks, for vectors of LANES numbers (see lanes.h): one row a lane, so that each number goes through the same
// operations in the same order as in the scalar twin and every level writes the same bytes.
#include "../byte_block.h"

/// A group of LANES rows, by column.
typedef struct { floats column[PK_GROUP]; } row_group;

INLINE row_group group_of(const float *x, int rows, long columns) {
    float turned[PK_GROUP][LANES];
    memset(turned, 0, sizeof turned);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < PK_GROUP; c++) turned[c][r] = x[r * columns + c];
    row_group v;
    UNROLL for (int c = 0; c < PK_GROUP; c++) v.column[c] = load(turned[c]);
    return v;
}

INLINE floats to_half_and_back(floats v, shorts *bits) {
    halfs h = __builtin_convertvector(v, halfs);
    memcpy(bits, &h, sizeof h);
    return __builtin_convertvector(h, floats);
}

INLINE floats errors(const row_group *v, floats step) {
    floats inverse = 1 / step, sum = all(0);
    UNROLL for (int c = 0; c < PK_GROUP; c++) {
        floats whole = __builtin_elementwise_rint(v->column[c] * inverse), product = whole * step;
        floats difference = v->column[c] - product;
        floats square = difference * difference;
        sum = sum + square;
    }
    return sum;
}

/// The scales of a group's rows; where none is without loss, a scale below those tried may be.
INLINE shorts best_scales(const row_group *v, const float *x, int rows, long columns) {
    floats largest = all(0);
    UNROLL for (int c = 0; c < PK_GROUP; c++) largest = larger(magnitude(v->column[c]), largest);
    floats half = largest / (2 * PK_MOST), usual = half * half * (PK_GROUP / 3.0f), least = all(INFINITY);
    shorts best, candidate;
    to_half_and_back(smaller(larger(largest / PK_MOST, all(0x1p-24f)), all(65504)), &best);
    for (int k = PK_MOST; k >= PK_COARSEST; k--) {
        floats step = to_half_and_back(smaller(larger(largest / (float)k, all(0x1p-24f)), all(65504)), &candidate);
        floats error = errors(v, step), allowed = k >= PK_COARSE ? least : smaller(least, usual / 2);
        integers better = (error < allowed) & (largest * (1 / step) < PK_MOST + 0.5f);
        least = where(better, error, least);
        best = __builtin_convertvector(better, shorts) ? candidate : best;
    }
    best = __builtin_convertvector(largest == 0, shorts) ? (shorts)0 : best;
    for (int r = 0; r < rows; r++) {
        uint16_t scale = best[r];
        if (least[r] != 0 && pk_exact_byte_scale(x + r * columns, PK_COARSEST - 1, &scale)) best[r] = scale;
    }
    return best;
}

INLINE void byte_rows(const float *x, int rows, int columns, uint16_t *scales, uint8_t *quants) {
    for (int g = 0; g < columns / PK_GROUP; g++, x += PK_GROUP, scales += PK_TILE_ROWS, quants += 512) {
        row_group v = group_of(x, rows, columns);
        shorts best = best_scales(&v, x, rows, columns);
        memcpy(scales, &best, sizeof best);
        halfs h;
        memcpy(&h, &best, sizeof h);
        floats step = __builtin_convertvector(h, floats), inverse = where(step > 0, 1 / step, all(0));
        UNROLL for (int c = 0; c < PK_GROUP; c += 4) {
            integers four = 0;
            UNROLL for (int j = 0; j < 4; j++) {
                floats whole = __builtin_elementwise_rint(v.column[c + j] * inverse);
                whole = larger(whole, all(-PK_MOST));
                whole = smaller(whole, all(PK_MOST));
                four |= (__builtin_convertvector(whole, integers) + 128) << (8 * j);
            }
            memcpy(quants + c / 4 * 64, &four, sizeof four);
        }
    }
}

static void byte_tile(const float *x, int rows, int columns, void *tile) {
    size_t header = (size_t)(columns / PK_GROUP * 32 + 63) / 64 * 64;
    memset(tile, 0, header);
    for (int r = 0; r < PK_TILE_ROWS; r += LANES) {
        int count = rows - r < LANES ? rows - r < 0 ? 0 : rows - r : LANES;
        byte_rows(x + (long)r * columns, count, columns, (uint16_t *)tile + r, (uint8_t *)tile + header + 4 * r);
    }
}

void LEVEL(install_byte_blocks)(pk_kernels *table) { table->byte_tile = byte_tile; }
