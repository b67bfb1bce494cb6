/// All vector kernels of one instruction set and their table. Included with LANES, TABLE and TABLE_NAME defined.
#include "vector_attention.h"
#include "vector_attention_choose.h"
#include "vector_attention_chosen.h"
#include "vector_attention_search.h"
#include "vector_attention_step.h"
#include "vector_attention_stream.h"
#include "vector_conv.h"
#include "vector_lstm.h"
#include "vector_norm.h"
#include "vector_panel.h"
#include "vector_pointwise.h"
#include "vector_product.h"
#include "vector_scan.h"
#include "vector_transformer.h"

#define exp exp_all
const inn_kernel_table TABLE = {
    TABLE_NAME,
#define INN_ENTRY(name, result, parameters, arguments) name,
    INN_KERNEL_LIST(INN_ENTRY)
};
