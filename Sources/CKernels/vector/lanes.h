// Vectors of LANES floats (8 or 16), in the compiler's own vector language: a file of a level defines LANES, switches its
// target on and includes the skeletons, so that the code of every width is the same code. Functions here are inlined always:
// a vector never passes through a call.
#include <stdint.h>
#include <string.h>

typedef float floats __attribute__((ext_vector_type(LANES)));
typedef int32_t integers __attribute__((ext_vector_type(LANES)));
typedef uint16_t shorts __attribute__((ext_vector_type(LANES)));
typedef _Float16 halfs __attribute__((ext_vector_type(LANES)));
typedef float float8 __attribute__((ext_vector_type(8)));
typedef float float4 __attribute__((ext_vector_type(4)));

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

INLINE floats all(float x) { return (floats)x; }

INLINE floats load(const float *p) {
    floats v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void store(float *p, floats v) { memcpy(p, &v, sizeof v); }

/// The next LANES of `left` numbers; zeros where fewer are left.
INLINE floats take(const float *p, long left) {
    if (left >= LANES) return load(p);
    floats v = all(0);
    memcpy(&v, p, sizeof(float) * (size_t)left);
    return v;
}

/// Writes the next LANES of `left` numbers, or those that are left.
INLINE void put(float *p, floats v, long left) {
    if (left >= LANES) store(p, v);
    else memcpy(p, &v, sizeof(float) * (size_t)left);
}

/// a * b + c, rounded once.
INLINE floats fma_(floats a, floats b, floats c) { return __builtin_elementwise_fma(a, b, c); }

/// yes where the condition's bits are set, no elsewhere.
INLINE floats where(integers condition, floats yes, floats no) { return condition ? yes : no; }

/// The larger; b where either is not a number.
INLINE floats larger(floats a, floats b) { return where(a > b, a, b); }
INLINE floats smaller(floats a, floats b) { return where(a < b, a, b); }
INLINE floats magnitude(floats a) { return (floats)((integers)a & 0x7fffffff); }

/// 0, 1, 2, ...
INLINE integers lane_numbers(void) {
    integers n;
    UNROLL for (int i = 0; i < LANES; i++) n[i] = i;
    return n;
}

INLINE float8 folded(floats v) {
#if LANES == 16
    return v.lo + v.hi;
#else
    return v;
#endif
}

/// The sum of the lanes, always in the same order: halves are folded until one number is left.
INLINE float sum(floats v) {
    float8 a = folded(v);
    float4 b = a.lo + a.hi;
    return (b.x + b.z) + (b.y + b.w);
}

/// The sums of eight vectors, each as sum() computes it.
INLINE float8 sums8(const floats *v) {
    float8 b[4], c[2];
    UNROLL for (int k = 0; k < 4; k++) {
        float8 low = folded(v[k]), high = folded(v[k + 4]);
        b[k] = __builtin_shufflevector(low, high, 0, 1, 2, 3, 8, 9, 10, 11) +
               __builtin_shufflevector(low, high, 4, 5, 6, 7, 12, 13, 14, 15);
    }
    UNROLL for (int k = 0; k < 2; k++)
        c[k] = __builtin_shufflevector(b[2 * k], b[2 * k + 1], 0, 1, 8, 9, 4, 5, 12, 13) +
               __builtin_shufflevector(b[2 * k], b[2 * k + 1], 2, 3, 10, 11, 6, 7, 14, 15);
    return __builtin_shufflevector(c[0], c[1], 0, 2, 8, 10, 4, 6, 12, 14) +
           __builtin_shufflevector(c[0], c[1], 1, 3, 9, 11, 5, 7, 13, 15);
}

INLINE float largest(floats v) {
    float best = v[0];
    UNROLL for (int i = 1; i < LANES; i++) best = v[i] > best ? v[i] : best;
    return best;
}

INLINE floats load_f16(const uint16_t *p) {
    halfs h;
    memcpy(&h, p, sizeof h);
    return __builtin_convertvector(h, floats);
}

INLINE floats load_bf16(const uint16_t *p) {
    shorts h;
    memcpy(&h, p, sizeof h);
    return (floats)(__builtin_convertvector(h, integers) << 16);
}

/// The upper halves, rounded to nearest even; NaN stays NaN.
INLINE shorts halved(floats v) {
    integers bits = (integers)v, rounded = bits + 0x7fff + (bits >> 16 & 1);
    return __builtin_convertvector((v == v ? rounded : bits | 0x400000) >> 16, shorts);
}

/// Writes the upper halves of the next LANES of `left` numbers, or of those that are left.
INLINE void put_halved(uint16_t *p, floats v, long left) {
    shorts h = halved(v);
    if (left >= LANES) memcpy(p, &h, sizeof h);
    else memcpy(p, &h, sizeof(uint16_t) * (size_t)left);
}
