"""The selective scan of a Mamba block in plain PyTorch, with a hand-written backward pass, in two ways.

Shapes: `[neurons, time, batch, inner]` for x and delta, `[neurons, time, batch, state]` for B and C,
`[sets, 1, state, inner]` for the decay rates, where sets is 1 or neurons. States lie as
`[neurons, batch, state, inner]`, so that the innermost loop of every operation runs over `inner`.
"""

from functools import partial

import torch

CHUNK_ELEMENTS = 1 << 19
"""Elements of state per chunk of time steps: large enough to hide the cost of a call, small enough for the cache."""

UNROLLED_STEPS = 8
"""Steps per chunk of the compiled scan."""

LN2 = 0.6931471805599453


def time_first(values):
    """`[neurons, time, batch, k]` as a contiguous `[time, neurons, batch, k]`."""
    return values.transpose(0, 1).contiguous()


def states_of(inner, factor, out=None):
    """`[time, neurons, batch, inner]` times a factor with a state axis: `[time, neurons, batch, state, inner]`."""
    return torch.mul(inner.unsqueeze(3), factor, out=out)


def contract(vector, states, over_state):
    """Sums `vector * states` over the state axis or over inner, for every step, neuron and stream."""
    matrices = states.flatten(0, 2) if over_state else states.flatten(0, 2).transpose(1, 2)
    return torch.bmm(vector.flatten(0, 2).unsqueeze(1), matrices).view(*vector.shape[:3], -1)


def eager_forward(delta, scaled, b, c, rates, state):
    """y of one chunk of steps and the state after it. Only the recurrence runs step by step, one call each."""
    _, states = eager_states(delta, scaled, b, rates, state)
    return contract(c, states, over_state=True), states[-1].clone()


def eager_states(delta, scaled, b, rates, before):
    decay = states_of(delta, rates).exp2_()
    states = states_of(scaled, b.unsqueeze(4))
    for t in range(len(states)):
        states[t].addcmul_(decay[t], states[t - 1] if t > 0 else before)
    return decay, states


def eager_backward(delta, scaled, b, c, y_gradient, rates, before, carry, rate_sum):
    """Gradients of delta * x, of delta through the decay, of B and of C; the state gradient carried on; the sum for the rates."""
    decay, states = eager_states(delta, scaled, b, rates, before)
    c_gradient = contract(y_gradient, states, over_state=False)
    gradient = states_of(y_gradient, c.unsqueeze(4))
    gradient[-1].add_(carry)
    for t in reversed(range(len(gradient) - 1)):
        gradient[t].addcmul_(decay[t + 1], gradient[t + 1])
    scaled_gradient = contract(b, gradient, over_state=True)
    b_gradient = contract(scaled, gradient, over_state=False)
    gradient.mul_(decay)
    carry = gradient[0].clone()
    gradient[1:].mul_(states[:-1])
    gradient[0].mul_(before)
    direct = torch.mul(gradient, rates, out=decay).sum(3)
    rate_sum += gradient.mul_(delta.unsqueeze(3)).sum(0)
    return scaled_gradient, direct, b_gradient, c_gradient, carry, rate_sum


def unrolled_step(delta, scaled, b, rates, before):
    decay = torch.exp2(delta.unsqueeze(2) * rates)
    return decay, decay * before + scaled.unsqueeze(2) * b.unsqueeze(3)


def unrolled_forward(delta, scaled, b, c, rates, state):
    """`eager_forward` written step by step for a compiler that fuses it."""
    outputs = []
    for t in range(len(delta)):
        _, state = unrolled_step(delta[t], scaled[t], b[t], rates, state)
        outputs.append((state * c[t].unsqueeze(3)).sum(2))
    return torch.stack(outputs), state


def unrolled_backward(delta, scaled, b, c, y_gradient, rates, before, carry, rate_sum):
    """`eager_backward` written step by step for a compiler that fuses it."""
    decays, states = [], [before]
    for t in range(len(delta)):
        decay, state = unrolled_step(delta[t], scaled[t], b[t], rates, states[-1])
        decays.append(decay)
        states.append(state)
    gradients = []
    for t in reversed(range(len(delta))):
        carry = carry + y_gradient[t].unsqueeze(2) * c[t].unsqueeze(3)
        scaled_gradient = (carry * b[t].unsqueeze(3)).sum(2)
        b_gradient = (carry * scaled[t].unsqueeze(2)).sum(3)
        c_gradient = (states[t + 1] * y_gradient[t].unsqueeze(2)).sum(3)
        carry = carry * decays[t]
        product = carry * states[t]
        rate_sum = rate_sum + product * delta[t].unsqueeze(2)
        gradients.append((scaled_gradient, (product * rates).sum(2), b_gradient, c_gradient))
    return *(torch.stack(parts) for parts in zip(*reversed(gradients))), carry, rate_sum


class EagerChunks:
    """A chunk is large enough to hide the cost of a call and small enough for the cache."""

    forward, backward = staticmethod(eager_forward), staticmethod(eager_backward)

    @staticmethod
    def length(state):
        # Shorter chunks would keep too many states for the backward pass.
        return max(4, CHUNK_ELEMENTS // state.numel())


class CompiledChunks:
    """The code of a chunk is unrolled and fused by torch.compile, so that its values stay in registers or the nearest cache."""

    forward = staticmethod(torch.compile(unrolled_forward, dynamic=False))
    backward = staticmethod(torch.compile(unrolled_backward, dynamic=False))

    @staticmethod
    def length(state):
        return UNROLLED_STEPS


class SequentialScan(torch.autograd.Function):
    """One time step after another, vectorised over neurons, batch, state and inner, in chunks of steps.

    The backward pass recomputes the states of a chunk from the state before it.
    `rates` is A / ln 2, because exp2 is several times as fast as exp in PyTorch on a CPU.
    """

    @staticmethod
    def forward(ctx, chunks, x, delta, rates, b, c):
        x, delta, b, c = (time_first(values) for values in (x, delta, b, c))
        time, neurons, batch, inner = x.shape
        state = x.new_zeros(neurons, batch, b.shape[-1], inner)
        length = chunks.length(state)
        ctx.chunks, ctx.spans = chunks, [slice(start, start + length) for start in range(0, time, length)]
        scaled, outputs, boundaries = delta * x, [], []
        for span in ctx.spans:
            boundaries.append(state)
            y, state = chunks.forward(delta[span], scaled[span], b[span], c[span], rates, state)
            outputs.append(y)
        ctx.save_for_backward(x, delta, rates, b, c, scaled, *boundaries)
        return torch.cat(outputs).transpose(0, 1)

    @staticmethod
    def backward(ctx, y_gradient):
        x, delta, rates, b, c, scaled, *boundaries = ctx.saved_tensors
        y_gradient = time_first(y_gradient)
        carry, rate_sum = torch.zeros_like(boundaries[0]), torch.zeros_like(boundaries[0])
        gradients = []
        for span, before in reversed(list(zip(ctx.spans, boundaries))):
            *parts, carry, rate_sum = ctx.chunks.backward(
                delta[span], scaled[span], b[span], c[span], y_gradient[span], rates, before, carry, rate_sum)
            gradients.append(parts)
        scaled_gradient, direct, b_gradient, c_gradient = (torch.cat(parts) for parts in zip(*reversed(gradients)))
        return None, *scan_gradients(x, delta, rates, scaled_gradient, direct, rate_sum, b_gradient, c_gradient)


def scan_gradients(x, delta, rates, scaled, direct, rate_sum, b, c):
    """Gradients of x, delta, rates, B and C from those of delta * x, of delta through the decay, and of the rates per stream."""
    delta_gradient = torch.addcmul(direct * LN2, scaled, x)
    rate_gradient = rate_sum.sum(1, keepdim=True) * LN2
    if rates.shape[0] == 1:
        rate_gradient = rate_gradient.sum(0, keepdim=True)
    return (scaled * delta).transpose(0, 1), delta_gradient.transpose(0, 1), rate_gradient, b.transpose(0, 1), c.transpose(0, 1)


def prefix_scan(decay, value, reverse=False):
    """Solves `value[t] += decay[t] * value[t - 1]` in place in 2 log2(time) sweeps (Brent and Kung); destroys `decay`.

    With `reverse`, time runs backwards: `value[t] += decay[t] * value[t + 1]`.
    """
    time = value.shape[0]

    def pick(tensor, first, stride, count):
        start = time - 1 - first - stride * (count - 1) if reverse else first
        return tensor[start:start + stride * (count - 1) + 1:stride]

    def combine(first, stride, distance, updates_decay):
        count = len(range(first, time, stride))
        if count == 0:
            return
        right = pick(decay, first, stride, count)
        pick(value, first, stride, count).addcmul_(right, pick(value, first - distance, stride, count))
        if updates_decay:
            right.mul_(pick(decay, first - distance, stride, count))

    distance = 1
    while distance < time:
        combine(2 * distance - 1, 2 * distance, distance, True)
        distance *= 2
    while distance >= 1:
        combine(3 * distance - 1, 2 * distance, distance, False)
        distance //= 2
    return value


def all_steps(inner, factor):
    """`[neurons, time, batch, inner]` times a factor of a state's shape, as a contiguous `[time, neurons, batch, state, inner]`."""
    neurons, time, batch, width = inner.shape
    result = inner.new_empty(time, neurons, batch, factor.shape[-2], width)
    return torch.mul(inner.transpose(0, 1).unsqueeze(3), factor, out=result)


class AssociativeScan(torch.autograd.Function):
    """All time steps at once with a log-depth scan; every intermediate is `time` times as large as a state."""

    @staticmethod
    def forward(ctx, x, delta, rates, b, c):
        x, delta, b, c = (time_first(values) for values in (x, delta, b, c))
        scaled = delta * x
        states = prefix_scan(states_of(delta, rates).exp2_(), states_of(scaled, b.unsqueeze(4)))
        ctx.save_for_backward(x, delta, rates, b, c, scaled, states)
        return contract(c, states, over_state=True).transpose(0, 1)

    @staticmethod
    def backward(ctx, y_gradient):
        x, delta, rates, b, c, scaled, states = ctx.saved_tensors
        y_gradient = time_first(y_gradient)
        decay = states_of(delta, rates).exp2_()
        following = torch.cat([decay[1:], torch.zeros_like(decay[:1])])
        gradient = prefix_scan(following, states_of(y_gradient, c.unsqueeze(4)), reverse=True)
        scaled_gradient = contract(b, gradient, over_state=True)
        b_gradient = contract(scaled, gradient, over_state=False)
        c_gradient = contract(y_gradient, states, over_state=False)
        gradient.mul_(decay)[1:].mul_(states[:-1])
        gradient[0].zero_()
        direct = torch.mul(gradient, rates, out=decay).sum(3)
        rate_sum = gradient.mul_(delta.unsqueeze(3)).sum(0)
        return scan_gradients(x, delta, rates, scaled_gradient, direct, rate_sum, b_gradient, c_gradient)


SCANS = {
    "sequential": partial(SequentialScan.apply, EagerChunks),
    "compiled": partial(SequentialScan.apply, CompiledChunks),
    "associative": AssociativeScan.apply,
}
"""Each takes x, delta, rates, B and C and returns y like x."""
