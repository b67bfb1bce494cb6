/// The hot loops of INNKit, in C. Every function exists as a plain reference and as vector code for several
/// instruction sets; the set is chosen once at run time (see inn_select_instruction_set).
///
/// Conventions: float32, row-major; "stride" is in floats; `_forward` functions overwrite their outputs;
/// `_backward` functions add to gradients unless the comment says "overwrites". No function allocates.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Steps between two stored states of the selective scan; the backward pass recomputes the states in between.
#define INN_SCAN_CHUNK 8
/// Tokens per block of stored routing weights: the innermost axis of `weights` in inn_attention.
#define INN_ATTENTION_LANES 16
/// Speakers of a block that attention_search looks into or leaves out.
#define INN_SEARCH_BLOCK 16
/// Columns per panel of a matrix that pack_panels lays out: [ceil(columns / INN_PANEL), inner, INN_PANEL], filled up
/// with zeros.
#define INN_PANEL 32

/// Selective scan of one stream (docs/MODEL.md): with d = delta[t][e],
/// s[e][n] = exp(d A[n][e]) s[e][n] + d B[t][n] x[t][e];  y[t][e] = sum_n C[t][n] s[e][n] + skip[e] x[t][e].
typedef struct {
    int steps, channels, stateSize;
    const float *x;      ///< [steps, channels]
    int xStride;
    const float *delta;  ///< [steps, channels], already clamped
    int deltaStride;
    const float *a;      ///< [stateSize, channels], negative
    const float *b, *c;  ///< [steps, stateSize], rows bcStride apart
    int bcStride;
    const float *skip;   ///< [channels]
} inn_scan_input;

typedef struct {
    float *state;       ///< [stateSize, channels]: initial state in, last state out
    float *boundaries;  ///< [ceil(steps/INN_SCAN_CHUNK), stateSize, channels]: states before each chunk, or NULL
    float *y;           ///< [steps, channels]
    int yStride;
} inn_scan_output;

typedef struct {
    const float *boundaries;  ///< as stored by the forward pass
    const float *dy;          ///< [steps, channels]
    int dyStride;
    float *dx;                ///< [steps, channels], overwritten
    int dxStride;
    float *ddelta;            ///< [steps, channels], overwritten
    int ddeltaStride;
    float *db, *dc;           ///< [steps, stateSize], overwritten, rows dbcStride apart
    int dbcStride;
    float *da;                ///< [stateSize, channels]
    float *dskip;             ///< [channels]
    float *scratch;           ///< inn_scan_scratch_floats(channels, stateSize)
} inn_scan_gradient;

/// Routing attention over the neurons of each token: a = softmax_j(q_i·k_j scale + bias_ij), mix_i = sum_j a_ij edge_ij
/// g_j v_j.
typedef struct {
    int neurons, heads, headDim, tokens;
    const float *q, *k, *v; ///< row (neuron, token) at neuron*neuronStride + token*tokenStride; q, k NULL with `fixed`
    size_t neuronStride, tokenStride;
    const float *gate; ///< (neuron, token) at neuron*gateStride + token, or NULL for 1
    size_t gateStride;
    const float *scoreBias; ///< [neurons, neurons] added before the softmax (-inf cuts an edge)
    const float *edgeScale; ///< [neurons, neurons] multiplied after the softmax, or NULL
    const float *fixed; ///< [heads, neurons, neurons] routing weights used instead of q·k, or NULL
    const float *headScale; ///< [heads] multiplies a head's mix, or NULL
    int topK; ///< without `fixed`, only the topK highest scores of a listener count (and any equal to the last of
              ///< them); 0 for all
} inn_attention_input;

typedef struct {
    float *mix; ///< row (neuron, token) of heads*headDim values at neuron*mixNeuronStride + token*mixTokenStride
    size_t mixNeuronStride, mixTokenStride;
    float *weights; ///< [ceil(tokens/LANES), heads, neurons, neurons, LANES]: a after the softmax (before edgeScale);
                    ///< of one token without topK NULL where nobody needs them; unused by the streamed form
    float *rows; ///< of the streamed form instead of weights, two values per listener, a_ij = exp(score_ij - largest)
                 ///< inverse: [ceil(tokens/LANES), heads, neurons, 2, LANES]; unused with `fixed`
    float *scratch; ///< inn_attention_scratch_floats(neurons, heads, headDim), or that of the other forms
} inn_attention_output;

typedef struct {
    const float *weights, *rows; ///< as stored by the forward pass
    const float *mix; ///< what the forward pass wrote; for the streamed form and the chosen edges
    const float *dmix; ///< laid out as mix
    size_t mixNeuronStride, mixTokenStride;
    float *dq, *dk, *dv; ///< laid out as q, k, v; overwritten; dq, dk NULL with `fixed`
    float *dgate; ///< laid out as gate, overwritten, or NULL
    float *dfixed; ///< [heads, neurons, neurons], added to, or NULL
    float *scratch;
} inn_attention_gradient;

/// c [rows, columns] = a [rows, inner] · b [inner, columns]; a matrix that is transposed lies as [inner, rows], or as
/// [columns, inner]. Every value of c is summed in the order of `inner`, whatever the number of rows and columns.
typedef struct {
    int rows, inner, columns;
    const float *a; ///< rows aStride apart
    size_t aStride;
    int aIsTransposed;
    const float *b; ///< rows bStride apart
    size_t bStride;
    int bIsTransposed;
    float *c; ///< rows cStride apart
    size_t cStride;
    int accumulates; ///< whether the product is added to c
} inn_product_operands;

/// The edges that listeners keep when only the topK strongest count: those of attention_choose in the order of their
/// speakers, those of attention_search block by block.
typedef struct {
    int capacity; ///< edges that each listener has room for
    int32_t *speakers; ///< [tokens, heads, neurons, capacity]
    float *weights; ///< laid out as speakers: a after the softmax, 0 where there are fewer edges than room
} inn_attention_edges;

typedef struct {
    float learningRate, beta1, beta2, epsilon, weightDecay;
    float correction1, correction2; ///< 1 - beta^step
    float gradientScale; ///< clipping factor
} inn_adamw_settings;

/// One entry per kernel: name, result, parameters, arguments.
#define INN_KERNEL_LIST(X) \
    /** y = (x - mean)/sqrt(var + epsilon)*weight + bias over rows of `width`; keeps mean and 1/std per row. */ \
    X(layer_norm_forward, void, \
        (int rows, int width, const float *x, const float *weight, const float *bias, float epsilon, float *y, \
            float *mean, float *rstd), \
        (rows, width, x, weight, bias, epsilon, y, mean, rstd)) \
    X(layer_norm_backward, void, \
        (int rows, int width, const float *x, const float *weight, const float *mean, const float *rstd, \
            const float *dy, float *dx, float *dweight, float *dbias), \
        (rows, width, x, weight, mean, rstd, dy, dx, dweight, dbias)) \
    /** Causal depthwise convolution then SiLU; weight [channels, taps], history [taps-1, channels] or NULL for zeros; \
     * conv (before SiLU) may be NULL. */ \
    X(conv_silu_forward, void, \
        (int steps, int channels, int taps, const float *x, int xStride, const float *history, const float *weight, \
            const float *bias, float *conv, float *y), \
        (steps, channels, taps, x, xStride, history, weight, bias, conv, y)) \
    /** Overwrites dx; adds to dweight [channels, taps] and dbias; dconv is scratch [steps, channels]. */ \
    X(conv_silu_backward, void, \
        (int steps, int channels, int taps, const float *x, int xStride, const float *history, const float *weight, \
            const float *bias, const float *dy, float *dconv, float *dx, int dxStride, float *dweight, float *dbias), \
        (steps, channels, taps, x, xStride, history, weight, bias, dy, dconv, dx, dxStride, dweight, dbias)) \
    /** delta = min(softplus(pre + bias), limit), in place. */ \
    X(softplus_forward, void, (int rows, int width, float *pre, const float *bias, float limit), \
        (rows, width, pre, bias, limit)) \
    /** Overwrites ddelta with the gradient before softplus, zero where delta reached the limit; adds to dbias. */ \
    X(softplus_backward, void, (int rows, int width, const float *delta, float limit, float *ddelta, float *dbias), \
        (rows, width, delta, limit, ddelta, dbias)) \
    /** The sum of weights in [0, 1], and -sum a log a, their entropy in nats where they sum to 1; 0 log 0 is 0. */ \
    X(weight_sums, void, (int count, const float *weights, float *sums), (count, weights, sums)) \
    X(scan_forward, void, (const inn_scan_input *input, const inn_scan_output *output), (input, output)) \
    X(scan_backward, void, (const inn_scan_input *input, const inn_scan_gradient *gradient), (input, gradient)) \
    /** out = y * SiLU(z). */ \
    X(silu_gate_forward, void, (int rows, int width, const float *y, const float *z, int zStride, float *out), \
        (rows, width, y, z, zStride, out)) \
    /** Overwrites dy and dz. */ \
    X(silu_gate_backward, void, \
        (int rows, int width, const float *y, const float *z, int zStride, const float *dout, float *dy, float *dz, \
            int dzStride), \
        (rows, width, y, z, zStride, dout, dy, dz, dzStride)) \
    /** gate[r] = sigmoid(dot(v[r], weight) + bias). */ \
    X(gate_forward, void, (int rows, int width, const float *v, const float *weight, float bias, float *gate), \
        (rows, width, v, weight, bias, gate)) \
    /** Adds to dv, dweight, dbias (one value). */ \
    X(gate_backward, void, \
        (int rows, int width, const float *v, const float *weight, const float *gate, const float *dgate, float *dv, \
            float *dweight, float *dbias), \
        (rows, width, v, weight, gate, dgate, dv, dweight, dbias)) \
    X(attention_forward, void, (const inn_attention_input *input, const inn_attention_output *output), \
        (input, output)) \
    X(attention_backward, void, (const inn_attention_input *input, const inn_attention_gradient *gradient), \
        (input, gradient)) \
    /** attention_forward without topK that stores no weights: scores are made block by block, under a running maximum \
     * and sum. */ \
    X(attention_stream_forward, void, \
        (const inn_attention_input *input, const inn_attention_output *output), (input, output)) \
    /** Makes the weights once more, block by block. */ \
    X(attention_stream_backward, void, \
        (const inn_attention_input *input, const inn_attention_gradient *gradient), (input, gradient)) \
    /** The weights that attention_stream_forward did not store, laid out as in inn_attention_output. */ \
    X(attention_stream_weights, void, \
        (const inn_attention_input *input, const float *rows, float *weights, float *scratch), \
        (input, rows, weights, scratch)) \
    /** Chooses every listener's topK strongest edges, and any equal to the last of them. Returns the largest number \
     * of edges that a listener keeps; if that is beyond the capacity, the edges are of no use. scratch: \
     * inn_attention_choose_scratch_floats. */ \
    X(attention_choose, int, \
        (const inn_attention_input *input, const inn_attention_edges *edges, float *scratch), (input, edges, scratch)) \
    /** Chooses as attention_choose does, but among part of the edges only, so that it may miss strong ones. The \
     * speakers of a token and head are halved along the dimension in which their keys differ most, again and again, \
     * into ceil(neurons / INN_SEARCH_BLOCK) blocks. A block promises a listener the highest score that a key within \
     * the bounds of its keys could have; the listener makes scores in the `searched` blocks that promise most (and \
     * any that promise as much as the last of them), and in the next ones while these have fewer than topK open \
     * edges. scratch: inn_attention_search_scratch_floats. */ \
    X(attention_search, int, \
        (const inn_attention_input *input, const inn_attention_edges *edges, int searched, float *scratch), \
        (input, edges, searched, scratch)) \
    /** Mixes over the chosen edges alone; output's weights are not used. scratch: \
     * inn_attention_chosen_scratch_floats. */ \
    X(attention_chosen_forward, void, \
        (const inn_attention_input *input, const inn_attention_edges *edges, const inn_attention_output *output), \
        (input, edges, output)) \
    /** gradient's rows are not used. */ \
    X(attention_chosen_backward, void, \
        (const inn_attention_input *input, const inn_attention_edges *edges, \
            const inn_attention_gradient *gradient), \
        (input, edges, gradient)) \
    /** Returns the summed cross-entropy in nats; writes probabilities, or with gradientScale != 0 the gradient (p - \
     * onehot)*gradientScale, to out. A target < 0 is skipped. */ \
    X(softmax_cross_entropy, double, \
        (int rows, int width, const float *logits, const int32_t *targets, float gradientScale, float *out), \
        (rows, width, logits, targets, gradientScale, out)) \
    /** out += mask(key, firstIndex + i) * x[i] / (1 - probability); with probability 0, out += x. */ \
    X(dropout_add, void, \
        (size_t count, float *out, const float *x, float probability, uint64_t key, uint64_t firstIndex), \
        (count, out, x, probability, key, firstIndex)) \
    /** out += x. */ \
    X(add, void, (size_t count, float *out, const float *x), (count, out, x)) \
    /** out += scale * x. */ \
    X(add_scaled, void, (size_t count, float *out, const float *x, float scale), (count, out, x, scale)) \
    /** out[c] += sum over rows of x[r][c]. */ \
    X(add_column_sums, void, (int rows, int width, const float *x, int xStride, float *out), \
        (rows, width, x, xStride, out)) \
    /** x[r][c] += bias[c]. */ \
    X(add_bias, void, (int rows, int width, float *x, const float *bias), (rows, width, x, bias)) \
    /** Sum of squares, accumulated in double. */ \
    X(sum_squares, double, (size_t count, const float *x), (count, x)) \
    /** One AdamW update (PyTorch's order of operations). */ \
    X(adamw, void, \
        (size_t count, float *parameter, const float *gradient, float *first, float *second, \
            const inn_adamw_settings *settings), \
        (count, parameter, gradient, first, second, settings)) \
    /** A product whose operands are small enough for the second-level cache; larger ones are better left to BLAS. */ \
    X(product, void, (const inn_product_operands *operands), (operands)) \
    /** Lays out b [inner, columns], any strides, as panels. */ \
    X(pack_panels, void, \
        (int inner, int columns, const float *b, size_t innerStride, size_t columnStride, float *panels), \
        (inner, columns, b, innerStride, columnStride, panels)) \
    /** c [rows, columns] = a [rows, inner] times the matrix in panels, added to c if it accumulates; for few rows. */ \
    X(panel_product, void, \
        (int rows, int inner, int columns, const float *a, size_t aStride, const float *panels, float *c, \
            size_t cStride, int accumulates), \
        (rows, inner, columns, a, aStride, panels, c, cStride, accumulates)) \
    /** One step of an LSTM: gates [4, width] (i, f, g, o) before their functions in, after them out. */ \
    X(lstm_gates_forward, void, (int width, float *gates, const float *cellBefore, float *cell, float *hidden), \
        (width, gates, cellBefore, cell, hidden)) \
    /** Overwrites dgates (before the functions); dcell: gradient of cell from later steps in, gradient of cellBefore \
     * out. */ \
    X(lstm_gates_backward, void, \
        (int width, const float *gates, const float *cellBefore, const float *cell, const float *dhidden, \
            float *dcell, float *dgates), \
        (width, gates, cellBefore, cell, dhidden, dcell, dgates)) \
    /** Row r becomes softmax(scale * its first first+r+1 values) and zeros, in place. */ \
    X(causal_softmax_forward, void, (int rows, int width, int first, float scale, float *scores), \
        (rows, width, first, scale, scores)) \
    /** Turns the gradient of the weights into that of the scores, in place. */ \
    X(causal_softmax_backward, void, \
        (int rows, int width, int first, float scale, const float *weights, float *gradient), \
        (rows, width, first, scale, weights, gradient)) \
    /** y = x/2 (1 + erf(x/sqrt 2)). */ \
    X(gelu_forward, void, (size_t count, const float *x, float *y), (count, x, y)) \
    X(gelu_backward, void, (size_t count, const float *x, const float *dy, float *dx), (count, x, dy, dx)) \
    X(relu_forward, void, (size_t count, const float *x, float *y), (count, x, y)) \
    X(relu_backward, void, (size_t count, const float *x, const float *dy, float *dx), (count, x, dy, dx)) \
    /** y = exp(x); relative error below 3e-7 on [-87, 88]. */ \
    X(exp, void, (size_t count, const float *x, float *y), (count, x, y))

#define INN_DECLARE(name, result, parameters, arguments) result inn_##name parameters;
INN_KERNEL_LIST(INN_DECLARE)
#undef INN_DECLARE

size_t inn_scan_scratch_floats(int channels, int stateSize);
size_t inn_attention_scratch_floats(int neurons, int heads, int headDim);
size_t inn_attention_stream_scratch_floats(int neurons, int headDim);
size_t inn_attention_choose_scratch_floats(int neurons, int headDim, int topK, int capacity);
size_t inn_attention_search_scratch_floats(int neurons, int headDim, int topK);
size_t inn_attention_chosen_scratch_floats(int neurons, int headDim);

/// The instruction sets that this machine can run, best first, separated by spaces, for example "avx512 avx2
/// reference".
const char *inn_available_instruction_sets(void);
/// The name of the instruction set in use. The first call reads INN_SIMD; without it the best set is used.
const char *inn_instruction_set(void);
/// Forces an instruction set by name. Returns 0 when this machine cannot run it. Not for use while kernels run.
int inn_select_instruction_set(const char *name);
