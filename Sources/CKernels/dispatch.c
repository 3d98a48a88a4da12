// One table of kernels per instruction set, chosen once from the processor and PARLEY_KERNELS.
#include "kernels.h"
#include "scalar/scalar.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const pk_kernels scalar_table = {
    .level = PK_SCALAR,
    .product_f32 = pk_scalar_product_f32,
    .product_f16 = pk_scalar_product_f16,
    .product_bf16 = pk_scalar_product_bf16,
    .product_q8 = pk_scalar_product_q8,
    .product_q4 = pk_scalar_product_q4,
    .quantize = pk_scalar_quantize,
    .layer_norm = pk_scalar_layer_norm,
    .rms_norm = pk_scalar_rms_norm,
    .adaptive_norm = pk_scalar_adaptive_norm,
    .gated_add = pk_scalar_gated_add,
    .add = pk_scalar_add,
    .swiglu = pk_scalar_swiglu,
    .activate = pk_scalar_activate,
    .rope_halves = pk_scalar_rope_halves,
    .rope_pairs = pk_scalar_rope_pairs,
    .attention = pk_scalar_attention,
    .dot = pk_scalar_dot,
    .argmax = pk_scalar_argmax,
    .softmax = pk_scalar_softmax,
    .convolution = pk_scalar_convolution,
    .snake = pk_scalar_snake,
};

const char *pk_level_name(pk_level level) {
    static const char *const names[] = {"scalar", "avx2", "avx512", "amx"};
    return names[level];
}

const pk_kernels *pk_for_level(pk_level level) { return level == PK_SCALAR ? &scalar_table : NULL; }

static pk_level cap(void) {
    const char *wanted = getenv("PARLEY_KERNELS");
    for (int level = PK_SCALAR; wanted && level <= PK_AMX; level++)
        if (strcmp(wanted, pk_level_name((pk_level)level)) == 0) return (pk_level)level;
    return PK_AMX;
}

const pk_kernels *pk_active(void) {
    static _Atomic(const pk_kernels *) chosen;
    const pk_kernels *table = atomic_load_explicit(&chosen, memory_order_acquire);
    if (table) return table;
    for (int level = cap(); level >= PK_SCALAR && !table; level--) table = pk_for_level((pk_level)level);
    atomic_store_explicit(&chosen, table, memory_order_release);
    return table;
}

const char *pk_processor_features(void) { return "scalar"; }
