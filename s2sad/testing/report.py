"""The error that says which derivative is wrong, where, and what the numerical values are."""

from __future__ import annotations

import math
from dataclasses import dataclass

Study = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Origin:
    """Where a derivative comes from.

    Attributes
    ----------
    order : int
        The order of the derivative; 0 for the value that comes with it.
    mode : str
        The modes that were used, the last one first: ``"rev over fwd"``.
    result : str
        The entry of the result, such as ``result['a'][2]``; nothing where the result is one number.
    note : str
        What else the reader should know.
    """

    order: int = 1
    mode: str = ""
    result: str = ""
    note: str = ""


class GradientMismatch(AssertionError):
    """A derivative disagrees with its numerical value.

    Attributes
    ----------
    argument, path : str
        The argument by name, and the entry in it, such as ``['W'][2, 3]``; or the direction that was tried.
    analytic, numeric : float
        The two values; nan where there is nothing to compare.
    error : float
        The estimate of the error of the numeric value.
    study : tuple of (step, difference quotient)
        The difference quotients at falling steps.
    origin : Origin
        The order, the modes, and the entry of the result.
    problem : str
        What is wrong, if it is not the value.

    Examples
    --------
    >>> print(GradientMismatch("x", "[2]", 3.0, 2.0, 1e-9, ((0.1, 2.01), (0.05, 2.0025)), Origin(mode="rev")))
    the derivative of order 1 in x[2] is wrong
        analytic  3
        numeric   2   (error estimate 1.0e-09)
        step       difference quotient
        1.00e-01   2.01
        5.00e-02   2.0025
        mode      rev
    """

    def __init__(
        self,
        argument: str,
        path: str,
        analytic: float = math.nan,
        numeric: float = math.nan,
        error: float = math.nan,
        study: Study = (),
        origin: Origin = Origin(),
        problem: str = "is wrong",
    ):
        self.argument = argument
        self.path = path
        self.analytic = analytic
        self.numeric = numeric
        self.error = error
        self.study = study
        self.origin = origin
        self.problem = problem
        super().__init__(argument, path, analytic, numeric, error, study, origin, problem)

    @property
    def order(self) -> int:
        """The order of the derivative."""
        return self.origin.order

    @property
    def gap(self) -> float:
        """The distance of the two values; infinite where it is not a number."""
        gap = abs(self.analytic - self.numeric)
        return math.inf if math.isnan(gap) else gap

    def __str__(self) -> str:
        of = f" of {self.origin.result}" if self.origin.result else ""
        where = f" in {self.argument}{self.path}" if self.argument else ""
        subject = f"the derivative of order {self.order}" if self.order else "the value beside the derivative"
        lines = [f"{subject}{of}{where} {self.problem}"]
        if not (math.isnan(self.analytic) and math.isnan(self.numeric)) or self.study:
            lines.append(f"    analytic  {self.analytic:.12g}")
            estimate = f"   (error estimate {self.error:.1e})" if self.study else ""
            lines.append(f"    numeric   {self.numeric:.12g}{estimate}")
        if self.study:
            lines.append("    step       difference quotient")
            lines += [f"    {step:.2e}   {quotient:.12g}" for step, quotient in self.study]
        if self.origin.mode:
            lines.append(f"    mode      {self.origin.mode}")
        if self.origin.note:
            lines.append(f"note: {self.origin.note}")
        if self.study and not self.error <= 1e-4 * max(abs(self.numeric), 1e-3):
            lines.append(
                "note: the quotients do not settle; near a kink or a jump, at the edge of the domain or in "
                "single precision the numeric value is the doubtful one"
            )
        return "\n".join(lines)
