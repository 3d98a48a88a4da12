// What each level's files put into a table that so far is the level's below.
#ifndef PARLEY_INSTALL_H
#define PARLEY_INSTALL_H
#include "kernels.h"

void pk_avx2_install_elements(pk_kernels *table);
void pk_avx2_install_norms(pk_kernels *table);
void pk_avx2_install_attention(pk_kernels *table);
void pk_avx2_install_float_products(pk_kernels *table);
void pk_avx2_install_block_products(pk_kernels *table);

static inline void pk_avx2_install(pk_kernels *table) {
    pk_avx2_install_elements(table);
    pk_avx2_install_norms(table);
    pk_avx2_install_attention(table);
    pk_avx2_install_float_products(table);
    pk_avx2_install_block_products(table);
}

#endif
