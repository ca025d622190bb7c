# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Radius, singular value, saturation: which one decides?
======================================================

"If the weights are above one, the gradient explodes" does not say of which number of the weights it
speaks, and it leaves the inputs out. This chapter takes the three things apart that are mixed up in
the rule: the spectral radius, the largest singular value, and saturation.
"""

# %%
# The product again
# -----------------
#
# ★ You may skip this chapter: nothing later in the book needs it. It begins where
# :doc:`the chapter on the gradient's way back </chapters/2_training/plot_02_gradient_flow>` leaves
# off, at the product of the steps:
#
# .. math::
#
#    \frac{\partial h_T}{\partial h_1} = J_T \cdots J_3\, J_2, \qquad
#    J_t = \mathrm{diag}\left(1 - h_t^2\right) W_{hh}
#
# From :math:`h_1` to :math:`h_T` there are :math:`T - 1` factors. If every factor were :math:`0.9`
# times a turn, without tanh, a hundred steps would leave this much:

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
# That is the famous example of an eigenvalue of :math:`0.9`, and as arithmetic it is right. But it
# is the case of a *linear* network and of a matrix that treats all directions alike. Real ones are
# neither linear nor so even.
#
# Three sizes, without tanh and with it
# -------------------------------------
#
# A well-known demonstration multiplies a random matrix of three sizes with itself a hundred times
# and leaves tanh out. Here it is with both. The matrices are scaled to a :term:`spectral radius`
# (largest absolute eigenvalue) of one half, one, and one and a half; the state gets noise of size
# one at each step; and everything is in 64 bits, since in 32 the smallest norms would
# print as zero.
#
# .. predict::
#
#    Without tanh the largest matrix explodes. With tanh, and inputs of size one: does it still
#    explode, stay level, or vanish?

result = experiment.run()
fig = pictures.flow(result)

# %%
# Each line is a seed: without tanh dashed, with it solid. All start at the dashed grey line.
#
# .. dropdown:: The answer
#
#    It vanishes, over a hundred steps, like the other two. Inputs of size one drive the units to
#    where tanh is flat, and the slopes shrink the product by more than the matrix stretches it.
#    "Above one" does not mean that it explodes.
#
# Why scale to the radius? The demonstration as it is usually written divides a random matrix by the
# root of its size and calls that one. It also draws the matrix without a seed, and starts from a
# product of size ten, which is divided out here. The radius it draws is a little off, and a hundred
# powers magnify the little:

drawn = torch.randn(100, 100, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
radius = jacobians.spectral_radius(drawn)
for name, size in (("root of size", 10.0), ("radius", radius)):
    norm = torch.linalg.matrix_power(drawn / size, 100).norm() / 10
    print(f"divided by {name:12s} {radius / size:.2f} {norm:9.0e}")

# %%
# Four matrices tell them apart
# -----------------------------
#
# Three things are mixed up in the rule of thumb, so take them apart.
#
# * The **largest singular value** says how much *one* step can stretch. Its powers are an upper
#   bound, and often far away: if it is below one, the gradient must vanish. If it is above one,
#   nothing follows.
# * The **spectral radius** says how a *linear* network grows in the long run. About the first steps
#   it gives a lower bound and no more.
# * **Saturation** multiplies every step by slopes between zero and one, and it depends on the
#   inputs as much as on the weights.
#
# :cite:t:`pascanu2013difficulty` speak of eigenvalues and prove their bound with norms, and the
# difference got lost when they were retold. Four matrices tell the three apart: the default weights
# of a network; a larger random matrix; an :term:`orthogonal matrix`; and eight units in a row, each
# of which keeps half of itself and takes in all of its neighbour.

print("            radius         singular value")
for name, radii in result.radius.items():
    edges = (e for seeds in (radii, result.stretch[name]) for e in (seeds.min(), seeds.max()))
    print("{:11s} {:.2f} to {:.2f}   {:.2f} to {:.2f}".format(name, *edges))
fig = pictures.spectra(result)

# %%
# Grey is what the two numbers predict, purple is the product without tanh, blue with it: under weak
# inputs and under strong ones. A line is a seed; the table has the least and the largest of them.
# Read the panels one by one.
#
# *Default weights*: the singular value is above one and promises growth. All three products vanish.
# *Large weights*: without tanh the product explodes as the spectral radius says. With tanh, **the
# same matrix** lets the gradient grow under weak inputs, though far less, and loses it under strong
# ones. *Orthogonal weights*: both numbers are exactly one, the "knife's edge", and yet the gradient
# is lost when strong inputs saturate the units. *A chain*: the spectral radius is one half, and the
# product without tanh grows more than tenfold before it falls; with tanh it grows less, and under
# strong inputs hardly at all. The large weights in numbers, a column a seed:

for kind in experiment.INPUTS:
    print(f"{kind:13s}", *(f"{end:6.0e}" for end in result.products["large", kind][:, -1]))

# %%
# Even a spectral radius of zero does not save you. These two units are held where one is steep and
# the other is flat, and so no longer cancel each other. (The point is unstable, so they are put
# back on it after each step.)

radius, norm = experiment.radius_zero()
print(f"spectral radius {radius:.0e}   product of 50 steps {norm:.0e}")

# %%
# Yet the knife's edge can hold: an identity matrix lies on it, and with ReLU and faint noise, which
# leaves nearly all of its units above zero, it carries a gradient through a thousand steps: printed
# is the share of its singular values that are still one, the others being zero. Nor is the edge the
# only place where a gradient lives on: with twice an orthogonal matrix, under strong inputs, tanh
# brakes it, and over fifty steps it neither vanishes nor grows as powers of two would.

print("identity and ReLU, 1000 steps", *(f"{share:6.2f}" for share in result.alive))
for gain, ends in result.braked.items():
    print(f"{gain:g} x orthogonal, 50 steps     ", *(f"{end:6.0e}" for end in ends))
plt.show()  # a script shows its figures here, in windows

# %%
# So none of the three decides alone. A singular value below one is the only safe promise, and it is
# that the gradient vanishes.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Above one does not mean that it explodes. Over 100 steps a spectral radius of 1.5 gives
#      growth above a billionfold without tanh; with tanh and strong inputs less than a thousandth
#      is left.
#    * Growth depends on the inputs too. In the median run, over 50 steps, the same large random
#      weights let the gradient grow more than tenfold under weak inputs and leave less than a tenth
#      of it under strong ones.
#    * A singular value above one promises nothing. That of default weights would allow fivefold
#      growth in 50 steps; less than a thousandth of the gradient is left, with tanh or without.
#    * A small spectral radius allows growth at first. In a chain of units whose radius is 0.5 the
#      gradient grows more than tenfold on its way where there is no tanh.
#    * Orthogonal weights can lose a gradient too. Their spectral radius and largest singular value
#      are both 1; under strong inputs less than a millionth of the gradient is left after 50 steps.
