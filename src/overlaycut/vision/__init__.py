"""Arithmetic on pictures that several stages share: each algorithm once.

Rectified planes, tracked windows, deformation modes, smoothing of trajectories, Poisson blending, top-hat
segmentation, masked optical flow, illumination, texture. Nothing here knows a plan or a step.
"""
