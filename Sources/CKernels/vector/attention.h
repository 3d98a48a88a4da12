// Attention over one head, for vectors of LANES floats (see lanes.h).
//
// Blocks of queries meet tiles of KEYS keys: scores of the tile, running softmax, values of the tile. The tile's keys are
// transposed, so that a vector holds the scores of neighbouring keys and nothing has to be summed across lanes. A score adds up
// its head numbers in ascending order and an output its keys in ascending order, whatever the block: a query's result depends on
// the query and its limit alone, not on the queries beside it.
#include "mathematics.h"
#include "transpose.h"

#include <math.h>

enum {
    QUERIES = 96,  // of a block: the transposition is paid once for them
    KEYS = 64,     // of a tile
    DEPTH = 64,    // numbers of a head transposed at a time
    ROWS = 6,      // queries whose sums are in registers at a time, at most
    WIDE = 8,      // vectors beside each other in registers, at most
};

typedef struct {
    const float *q, *k, *v;
    long ldq, ldk, ldv, ldo;
    const int *limits;
    int n, hd;
    float scale;
    float *out;
    float scores[QUERIES][KEYS] __attribute__((aligned(64)));
    float turned[DEPTH][KEYS] __attribute__((aligned(64)));  // [number of the head, key]
    float top[QUERIES], mass[QUERIES];                       // of each query so far: largest score, sum of exponentials
} head;

/// Vectors beside each other for `mr` rows: 8 sums at least hide the latency, 12 (of 16) or 24 (of 32) fit the registers.
INLINE int vectors_beside(int mr) {
    if (LANES == 16) return 4;
    return mr == 1 ? 8 : mr <= 3 ? 4 : 2;
}

/// Numbers [d0, d0 + depth) of the keys [j0, j0 + count) into `turned`; zeros up to the next whole vector of keys.
INLINE void turn_keys(head *h, int j0, int count, int d0, int depth) {
    const float *from = h->k + j0 * h->ldk + d0;
    int whole = count / 8 * 8, square = depth / 8 * 8, padded = (count + LANES - 1) / LANES * LANES;
    for (int j = 0; j < whole; j += 8)
        for (int d = 0; d < square; d += 8) transpose8(from + j * h->ldk + d, h->ldk, &h->turned[d][j], KEYS);
    for (int d = 0; d < depth; d++) {
        for (int j = d < square ? whole : 0; j < count; j++) h->turned[d][j] = from[j * h->ldk + d];
        for (int j = count; j < padded; j++) h->turned[d][j] = 0;
    }
}

/// scores[i][...] += q[i] . turned keys, for `mr` queries from i on and `nv` vectors of keys from j on.
INLINE void score_block(int mr, int nv, head *h, int i0, int j, int d0, int depth) {
    floats s[ROWS][WIDE], kv[WIDE];
    const float *q = h->q + i0 * h->ldq + d0;
    UNROLL for (int i = 0; i < mr; i++) UNROLL for (int v = 0; v < nv; v++)
        s[i][v] = d0 ? load(&h->scores[i0 + i][j + v * LANES]) : all(0);
    for (int d = 0; d < depth; d++) {
        UNROLL for (int v = 0; v < nv; v++) kv[v] = load(&h->turned[d][j + v * LANES]);
        UNROLL for (int i = 0; i < mr; i++) {
            floats qv = all(q[i * h->ldq + d]);
            UNROLL for (int v = 0; v < nv; v++) s[i][v] = fma_(qv, kv[v], s[i][v]);
        }
    }
    UNROLL for (int i = 0; i < mr; i++) UNROLL for (int v = 0; v < nv; v++)
        store(&h->scores[i0 + i][j + v * LANES], s[i][v]);
}

INLINE void score_rows(int mr, head *h, int i, int count, int d0, int depth) {
    int nv = vectors_beside(mr), j = 0;
    for (; j + nv * LANES <= count + LANES - 1; j += nv * LANES) score_block(mr, nv, h, i, j, d0, depth);
    for (; j < count; j += LANES) score_block(mr, 1, h, i, j, d0, depth);
}

/// Scores of query i become exp(score - largest so far), 0 beyond the limit; what was summed before is scaled to match.
INLINE void soften(head *h, int i, int j0, int count) {
    int valid = h->limits[i] - j0;
    floats best = all(h->top[i]), mass = all(0);
    for (int j = 0; j < count; j += LANES) {
        floats s = where(lane_numbers() + j < valid, load(&h->scores[i][j]) * h->scale, all(-INFINITY));
        store(&h->scores[i][j], s);
        best = larger(s, best);
    }
    float top = largest(best), factor = exponential(all(h->top[i] - top))[0];
    for (int j = 0; j < count; j += LANES) {
        floats e = exponential(load(&h->scores[i][j]) - top);
        store(&h->scores[i][j], e);
        mass += e;
    }
    h->mass[i] = h->mass[i] * factor + sum(mass);
    float *out = h->out + i * h->ldo;
    if (h->top[i] != top)
        for (int d = 0; d < h->hd; d += LANES) put(out + d, take(out + d, h->hd - d) * factor, h->hd - d);
    h->top[i] = top;
}

/// out[i][d ...] += sum over the tile's keys of scores[i][j] v[j][d ...]: `mr` queries, `nv` vectors, the last maybe partial.
INLINE void value_block(int mr, int nv, head *h, int i0, int j0, int count, int d, long left) {
    floats s[ROWS][WIDE], vv[WIDE];
    const float *value = h->v + j0 * h->ldv + d;
    float *out = h->out + i0 * h->ldo + d;
    UNROLL for (int i = 0; i < mr; i++) UNROLL for (int v = 0; v < nv; v++)
        s[i][v] = take(out + i * h->ldo + v * LANES, left);
    for (int j = 0; j < count; j++, value += h->ldv) {
        UNROLL for (int v = 0; v < nv; v++) vv[v] = take(value + v * LANES, left);
        UNROLL for (int i = 0; i < mr; i++) {
            floats p = all(h->scores[i0 + i][j]);
            UNROLL for (int v = 0; v < nv; v++) s[i][v] = fma_(p, vv[v], s[i][v]);
        }
    }
    UNROLL for (int i = 0; i < mr; i++) UNROLL for (int v = 0; v < nv; v++)
        put(out + i * h->ldo + v * LANES, s[i][v], left);
}

INLINE void value_rows(int mr, head *h, int i, int j0, int count) {
    int nv = vectors_beside(mr), d = 0;
    for (; d + nv * LANES <= h->hd; d += nv * LANES) value_block(mr, nv, h, i, j0, count, d, LANES);
    for (; d + LANES <= h->hd; d += LANES) value_block(mr, 1, h, i, j0, count, d, LANES);
    if (d < h->hd) value_block(mr, 1, h, i, j0, count, d, h->hd - d);
}

/// Keys of the tile from j0 on that some of the queries [i, i + rows) see; 0 or less if none.
INLINE int seen(const head *h, int i, int rows, int j0) {
    int most = 0;
    for (int r = 0; r < rows; r++) most = h->limits[i + r] > most ? h->limits[i + r] : most;
    return most - j0 < KEYS ? most - j0 : KEYS;
}

#define FOR_ROWS(rows, call)          \
    switch (rows) {                   \
    case 1: call(1); break;           \
    case 2: call(2); break;           \
    case 3: call(3); break;           \
    case 4: call(4); break;           \
    case 5: call(5); break;           \
    default: call(6);                 \
    }

static void attend_tile(head *h, int j0, int count) {
    for (int d0 = 0; d0 < h->hd; d0 += DEPTH) {
        int depth = h->hd - d0 < DEPTH ? h->hd - d0 : DEPTH;
        turn_keys(h, j0, count, d0, depth);
        for (int i = 0; i < h->n; i += ROWS) {
            int rows = h->n - i < ROWS ? h->n - i : ROWS;
#define SCORE(mr) score_rows(mr, h, i, count, d0, depth)
            FOR_ROWS(rows, SCORE)
        }
    }
    for (int i = 0; i < h->n; i++) {
        if (h->limits[i] > j0) soften(h, i, j0, count);
        else memset(h->scores[i], 0, sizeof h->scores[i]);
    }
    for (int i = 0; i < h->n; i += ROWS) {
        int rows = h->n - i < ROWS ? h->n - i : ROWS, keys = seen(h, i, rows, j0);
        if (keys <= 0) continue;
#define VALUE(mr) value_rows(mr, h, i, j0, keys)
        FOR_ROWS(rows, VALUE)
    }
}

static void attend(head *h) {
    for (int i = 0; i < h->n; i++) {
        h->top[i] = -INFINITY;
        h->mass[i] = 0;
        memset(h->out + i * h->ldo, 0, sizeof(float) * (size_t)h->hd);
    }
    for (int j0 = 0, count; (count = seen(h, 0, h->n, j0)) > 0; j0 += KEYS) attend_tile(h, j0, count);
    for (int i = 0; i < h->n; i++) {
        float *out = h->out + i * h->ldo, inverse = 1 / h->mass[i];
        for (int d = 0; d < h->hd; d += LANES) put(out + d, take(out + d, h->hd - d) * inverse, h->hd - d);
    }
}

static void attention(const float *q, long ldq, const float *k, long ldk, const float *v, long ldv, int n, const int *limits,
                      int hd, float scale, float *out, long ldo) {
    head h;  // not initialised as a whole: 24 KiB
    h.k = k, h.v = v, h.ldq = ldq, h.ldk = ldk, h.ldv = ldv, h.ldo = ldo, h.hd = hd, h.scale = scale;
    for (int i = 0; i < n; i += QUERIES) {
        h.q = q + i * ldq, h.out = out + i * ldo, h.limits = limits + i;
        h.n = n - i < QUERIES ? n - i : QUERIES;
        attend(&h);
    }
}

void LEVEL(install_attention)(pk_kernels *table) {
    table->attention = table->half_attention = attention;
}
