"""A cell as IPython takes it → Python: the lines that only IPython understands are taken out.

Stand-alone, standard library only: the grader's sandbox loads this file without the rest of bplab.
"""

import contextlib
import re
import textwrap
from types import CodeType

MAGIC = re.compile(r"^(\s*)(?:[\w.\[\], ]+=\s*)?[%!].*$|^(\s*)\??\??[\w.]+\?{1,2}\s*$")
PYTHON_CELL_MAGICS = ("%%time", "%%timeit", "%%capture", "%%prun")


def mend(source: str, filename: str) -> tuple[str, CodeType, bool]:
    """The source as Python, compiled too, and whether lines that only IPython understands had to be taken out for that.

    Raises
    ------
    SyntaxError
        If it is not Python even then.
    """
    try:
        return source, compile(source, filename, "exec", dont_inherit=True), False
    except SyntaxError:
        if source.lstrip().startswith("%%") and not source.lstrip().startswith(PYTHON_CELL_MAGICS):
            return "", compile("", filename, "exec"), True
        lines = textwrap.dedent(source).split("\n")  # IPython, too, takes a cell that is indented as a whole
        mended = "\n".join(MAGIC.sub(lambda m: (m[1] or m[2] or "") + "pass", line) for line in lines)
        with contextlib.suppress(SyntaxError):
            return mended, compile(mended, filename, "exec", dont_inherit=True), mended.split("\n") != lines
        raise
