// Exponential and the activation functions over vectors. Errors against the exact functions are below 2e-7 of the value for
// the exponential and 1e-6 absolute for the activations (tests measure them). The polynomials are minimax fits made for these
// intervals.
#include "kernels.h"

/// exp(x); 0 below -87.3, where the result would no longer be a normal number, and 2^127.5 at most.
INLINE floats exponential(floats x) {
    floats bounded = where(x > 88.37f, all(88.37f), x);
    // x = n ln 2 + r, |r| <= ln 2 / 2; ln 2 in two parts, so that n ln 2 is exact in the first.
    floats n = __builtin_elementwise_rint(bounded * 1.44269504f);
    floats r = fma_(n, all(-0x1.62e4p-1f), bounded);
    r = fma_(n, all(-0x1.7f7d1cp-20f), r);
    floats q = all(0x1.6e091p-10f);
    q = fma_(q, r, all(0x1.124a64p-7f));
    q = fma_(q, r, all(0x1.55550cp-5f));
    q = fma_(q, r, all(0x1.555474p-3f));
    q = fma_(q, r, all(0x1.fffffep-2f));
    floats e = fma_(r * r, q, r) + 1.0f;
    integers power = (__builtin_convertvector(where(x < -87.3f, all(0), n), integers) + 127) << 23;
    return where(x < -87.3f, all(0), e * (floats)power);
}

INLINE floats silu(floats x) { return x / (1.0f + exponential(-x)); }

/// tanh form of GELU: 0.5 r (1 + tanh u) = r / (1 + exp(-2 u)), u = sqrt(2 / pi) (r + 0.044715 r^3).
INLINE floats gelu_tanh(floats r) {
    floats u = 0.79788456f * fma_(0.044715f * r * r, r, r);
    return r / (1.0f + exponential(-2.0f * u));
}

/// GELU = max(r, 0) - |r| / 2 erfc(|r| / sqrt 2), with erfc(a / sqrt 2) = 2^(-a P(a)); P is fitted on [0, 6] so that the
/// product's absolute error is least, and held beyond, where the term no longer counts.
INLINE floats gelu_erf(floats r) {
    floats a = smaller(magnitude(r), all(100)), t = smaller(a, all(6));
    floats p = all(0x1.64ccbcp-19f);
    p = fma_(p, t, all(-0x1.38afe6p-15f));
    p = fma_(p, t, all(0x1.7224p-13f));
    p = fma_(p, t, all(0x1.4d2a84p-13f));
    p = fma_(p, t, all(-0x1.d09c1ap-8f));
    p = fma_(p, t, all(0x1.ae2e54p-5f));
    p = fma_(p, t, all(0x1.d63950p-2f));
    p = fma_(p, t, all(0x1.26aee0p+0f));
    floats tail = exponential(a * p * -0.69314718f);
    return fma_(-0.5f * a, tail, where(r < 0.0f, all(0), r));
}

INLINE floats activated(floats r, pk_epilogue kind) {
    switch (kind) {
    case PK_GELU_ERF: return gelu_erf(r);
    case PK_GELU_TANH: return gelu_tanh(r);
    case PK_SILU: return silu(r);
    default: return r;
    }
}

/// Row i of a product, outputs n ..< n + count: bias and epilogue over the sums r.
INLINE void finish(const pk_product *p, int i, int n, int count, const float *r) {
    float *y = p->y + i * p->ldy + n;
    for (int k = 0; k < count; k += LANES) {
        floats v = take(r + k, count - k);
        if (p->bias) v += take(p->bias + n + k, count - k);
        v = p->epilogue == PK_ADD ? take(y + k, count - k) + v : activated(v, p->epilogue);
        put(y + k, v, count - k);
    }
}
