"""Solvers that take functions: integrals and solutions of equations as functions of what those read.

A call of a solver in a differentiated function stays as it is, but for what a local function reads from around it:
that is passed in ``args``. Its result goes through an identity that is not emitted, whose rule is the theorem on the
solver's result: Leibniz's on integrals, the implicit function theorem on solutions. The rules call the solver, or the
operators of `s2sad`, on the functions that they get, so a derivative is differentiated again like any program.
"""
