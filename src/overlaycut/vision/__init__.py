"""Arithmetic on pictures that several stages share: each algorithm once.

Rectified planes, tracked windows and structure tensors, deformation modes, smoothing of trajectories, Poisson blending,
top-hat responses, connected components, clusters, masked optical flow, illumination, texture, polygons, thumbnails.
Nothing here depends on a plan or a step.
"""
