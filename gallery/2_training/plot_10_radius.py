# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Radius, singular value, saturation: which one decides?
======================================================

.. reading:: tell radius, singular value and saturation apart, and say what each of them promises
   :before: bptt gradient_flow

"If the weights are above one, the gradient explodes": this rule does not say which number has to be
above one, and it ignores the inputs. What decides whether the gradient explodes: the spectral
radius, the largest singular value, or the saturation of the units?
"""

# %%
# The famous example is a linear network
# --------------------------------------
#
# ★ You may skip this chapter: only three interview questions stand on it. The chapter begins with
# the product of Jacobians from :doc:`vanishing gradients
# </chapters/2_training/plot_02_gradient_flow>`:
#
# .. math::
#
#    \frac{\partial h_T}{\partial h_1} = J_T \cdots J_3\, J_2, \qquad
#    J_t = \mathrm{diag}\left(1 - h_t^2\right) W_{hh}
#
# The state h is (H,), and every J and :math:`W_{hh}` are (H, H). From :math:`h_1` to :math:`h_T`
# there are :math:`T - 1` factors. Suppose that there is no tanh and that every factor is
# :math:`0.9` times an orthogonal matrix. After 100 steps, this much of the gradient is left:

import matplotlib.pyplot as plt
import torch

from rnnbook import jacobians
from rnnbook.experiments import radius as experiment
from rnnbook.figures import radius as pictures

torch.manual_seed(0)
turn = torch.linalg.qr(torch.randn(8, 8, dtype=torch.float64)).Q
product = jacobians.chain((0.9 * turn).expand(99, 8, 8))[-1]
print(f"99 factors  {jacobians.norms(product).item():.3e}   0.9 ** 99  = {0.9**99:.3e}")
print(f"not 100                  0.9 ** 100 = {0.9**100:.3e}")

# %%
# From step 1 to step 100 there are 99 factors, not 100. This is the famous example of an eigenvalue
# of size :math:`0.9`. But its network is *linear*, and its matrix shrinks all directions alike.
# Most networks are not linear, and most matrices stretch some directions more than others.
#
# With tanh, a radius above one need not mean explosion
# -----------------------------------------------------
#
# A common demonstration scales a random matrix to three radii, multiplies each result by itself 100
# times, and leaves tanh out. Here we multiply the Jacobians, without tanh and with tanh. Each
# matrix has a :term:`spectral radius` (largest absolute eigenvalue) of ``0.5``, ``1`` or ``1.5``,
# and the input of each step is noise of standard deviation one. All numbers are in 64 bits, because
# in 32 bits the smallest norms would print as zero.
#
# .. predict::
#
#    Without tanh the gradient explodes at the largest radius. With tanh and these inputs, does the
#    gradient still explode, stay level, or vanish?

result = experiment.run()
fig = pictures.flow(result)

# %%
# The horizontal axis counts the steps that the gradient has gone back. The height is the share of
# the gradient that is left, on a logarithmic scale. Each line is one seed: dashed lines are without
# tanh, solid lines are with tanh. All lines begin at the grey line. Of the six kinds of run, only
# one ends above the grey line: radius ``1.5`` without tanh. With tanh, almost nothing of the
# gradient is left at any of the three radii.
#
# .. dropdown:: Why?
#
#    The inputs and the large weights push many units to values where tanh is flat. The slopes of
#    tanh are the only difference between a solid and a dashed line, so these slopes shrink the
#    product by more than the matrix stretches it.
#
# Why scale to the radius? Some demonstrations divide a random matrix by the square root of its size
# instead, and say that this makes its radius one. But the radius is then only close to one, and 100
# multiplications magnify the difference:

drawn = torch.randn(100, 100, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
radius = jacobians.spectral_radius(drawn)
for name, size in (("root of size", 10.0), ("radius", radius)):
    norm = torch.linalg.matrix_power(drawn / size, 100).norm() / 10
    print(f"divided by {name:12s} {radius / size:.2f} {norm:9.0e}")

# %%
# Four matrices show how the three differ
# ---------------------------------------
#
# * The **largest singular value** says by how much *one* step can stretch a vector, at most. Its
#   powers are an upper bound for the product, and often far above the product. If this value is
#   below one, the gradient must vanish. If it is above one, nothing follows.
# * The **spectral radius** says how a *linear* network grows in the long run. Its powers are a
#   lower bound for this network's product, and in the first steps the product can be far above this
#   bound.
# * With **saturation**, every step is multiplied by slopes between zero and one. These slopes
#   depend on the inputs as well as on the weights.
#
# :cite:t:`pascanu2013difficulty` use the radius for a linear network, and singular values for a
# network with tanh. To see how radius, singular value and saturation differ, take four matrices:
# the default weights of a network, larger random weights, an :term:`orthogonal matrix`, and a chain
# of eight units. Each unit of the chain keeps half of its value and adds its neighbour's whole
# value.

print("            radius         singular value")
for name, radii in result.radius.items():
    edges = (e for seeds in (radii, result.stretch[name]) for e in (seeds.min(), seeds.max()))
    print("{:11s} {:.2f} to {:.2f}   {:.2f} to {:.2f}".format(name, *edges))
fig = pictures.spectra(result)

# %%
# Each panel is a matrix. Steps run to the right, and the height is the largest factor by which the
# product can stretch a vector, on a logarithmic scale. Grey lines are powers of the two numbers in
# the table. Purple lines are for the product without tanh. Blue lines are for the product with
# tanh: solid under weak inputs, dashes and dots under strong inputs. Each line is a seed.
#
# *Default weights*: the singular value is above one and would allow growth, but all three products
# vanish. *Large weights*: without tanh the product explodes, as the spectral radius predicts. With
# tanh, **the same matrix** lets the gradient grow under weak inputs, but far less than without
# tanh. Under strong inputs, most of the gradient is lost. *Orthogonal weights*: both numbers are
# exactly one, and without tanh no gradient is lost. But with tanh the gradient shrinks, and under
# strong inputs it is lost. *A chain*: the spectral radius is one half, but the product without tanh
# grows more than tenfold before it falls.
#
# A gradient can grow at radius zero and last at radius one
# ---------------------------------------------------------
#
# Take two units that cancel each other in a linear network, so that the spectral radius is zero.
# With tanh, hold one unit where tanh is steep and the other where tanh is flat. Then the two no
# longer cancel each other. (The units do not stay at these values by themselves, so we set them
# back after each step.)

radius, norm = experiment.radius_zero()
print(f"spectral radius {radius:.0e}   product of 50 steps {norm:.0e}")

# %%
# A gradient can also last: it need neither vanish nor explode. For example, take ReLU, the identity
# (whose radius is exactly one), units that begin at one, and faint noise. A unit that stays above
# zero passes its gradient on unchanged. Because the noise is so faint, nearly all units stay above
# zero for 1,000 steps. In the output below, the first row is the share of the product's singular
# values that are still one; all its other singular values are zero. The other rows show the product
# for orthogonal matrices times a gain, under strong inputs and with tanh. At gain 2 this product
# does not vanish over 50 steps, but it grows far less than the powers of two do.

print("identity and ReLU, 1000 steps", *(f"{share:6.2f}" for share in result.alive))
for gain, ends in result.braked.items():
    print(f"{gain:g} x orthogonal, 50 steps     ", *(f"{end:6.0e}" for end in ends))
plt.show()  # a script shows its figures here, in windows

# %%
# So none of the three (radius, singular value, saturation) decides alone. With tanh, only the
# singular value promises anything by itself: if the largest singular value is below one, the
# gradient vanishes.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * A radius above one need not mean explosion. Take 100 steps and a spectral radius of 1.5.
#      Without tanh, the gradient grows more than a billionfold. With tanh and strong inputs, less
#      than a thousandth of the gradient is left.
#    * Growth depends on the inputs too. Take large weights and the median run over 50 steps. Under
#      weak inputs, the gradient grows more than tenfold. Under strong inputs and with the same
#      weights, less than a tenth of it is left.
#    * A singular value above one promises nothing. The largest singular value of default weights
#      would allow more than fivefold growth in 50 steps. But less than a thousandth of the gradient
#      is left, with tanh or without tanh.
#    * A small spectral radius allows growth at first. Take a chain of units with a spectral radius
#      of 0.5. Without tanh, the gradient in this chain first grows more than tenfold.
#    * With orthogonal weights a gradient can vanish too. Their spectral radius and largest singular
#      value are both 1. But under strong inputs, less than a millionth of the gradient is left
#      after 50 steps.
