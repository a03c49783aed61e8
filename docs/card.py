"""Write the card: notebooks/card.md to look at, docs/card.html to print. Run it after a change to `two_two_one`.

``python docs/card.py``
"""

from pathlib import Path
from urllib.parse import quote

import bplab
from bplab.explore.forward_pass import captions, names
from bplab.pictures.diagram import Label, Layout, Marks, network
from bplab.pictures.svg import number, picture
from bplab.pictures.symbols import symbol

ROOT = Path(__file__).parent.parent
MARKDOWN = """# The card

Copy it on a card of paper and take it through lectures 01 to 05. The circles have room for your numbers.

<img width="750" alt="{alt}" src="data:image/svg+xml,{svg}">

| name | number | from | to |
|---|---|---|---|
{rows}

**The sample:** $i_1 = {i_1}$, $i_2 = {i_2}$, label $y = {y}$.

**The names:** $w^k_{{ij}}$ leads **from** unit i of layer k−1 **to** unit j of layer k; $b^k_j$ is the bias of unit j
of layer k. A dashed line has a negative weight. All symbols are in the [glossary](glossary.md).
"""
HTML = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>The card</title>
<style>
@page {{ size: A4; margin: 14mm }}
body {{ max-width: 182mm; margin: 8mm auto; color: #000; background: #fff; font: 11pt/1.4 sans-serif }}
table {{ width: 100%; border-collapse: collapse; margin-top: 5mm }}
th, td {{ border: 0.3mm solid #000; height: 8.5mm; padding: 0 2mm; text-align: left }}
th {{ font-weight: normal }}
@media print {{ body {{ margin: 0 }} }}
</style>
<h1>The card</h1>
{svg}
<p>The sample: {m_i_1} = {i_1}, {m_i_2} = {i_2}, label {m_y} = {y}. A dashed line has a negative weight.
<p>{m_w} leads from unit i of layer k−1 to unit j of layer k; {m_b} is the bias of unit j of layer k.
<table>
<tr><th>{m_z1_1}<th>{m_z1_2}<th>{m_o_1}<th>{m_o_2}<th>{m_y_hat}<th>{m_y_hat} − {m_y}
<tr><td><td><td><td><td><td>
</table>
<table>
<tr><th>name<th>number<th style="width: 36%">slope of the cost (lecture 04)<th style="width: 36%">after one update (05)
{rows}
</table>
</html>
"""


def drawing(net: bplab.Network, inputs: dict[str, float], alt: str) -> str:
    """The network with its nine numbers; hidden units, output and cost are left blank."""
    layout = Layout(net.sizes)
    on = {name: Label([symbol(name), f" = {number(net[name])}"]) for name in net.names if name[0] == "w"}
    biases = [name for name in net.names if name[0] == "b"]
    below = {f"a{name[1:]}": [Label([symbol(name), f" = {number(net[name])}"])] for name in biases}
    below["C"] = [Label([symbol("y"), f" = {inputs['y']}"])]
    inside = {"a0_1": f"{inputs['i_1']}", "a0_2": f"{inputs['i_2']}"}
    parts = [network(layout, Marks({name: net[name] for name in on}, names(layout), inside, below, on))]
    return picture(layout.width, layout.height, "The card", alt, [*parts, captions(layout, net)])


def latex(name: str) -> str:
    letter, above, below = symbol(name)
    return f"${letter}^{above}_{{{below}}}$"


def mathml(letter: str, above: str, below: str) -> str:
    """A symbol as MathML, which browsers draw without help."""
    marks = "".join(f"<mrow><mi>{mark}</mi></mrow>" for mark in (below, above) if mark)
    tag = "msubsup" if above and below else "msub"
    return f"<math><{tag}><mi>{letter}</mi>{marks}</{tag}></math>" if below else f"<math><mi>{letter}</mi></math>"


def leads(name: str) -> str:
    """From where to where, as two cells of a table."""
    ends = {"w1": ("$i_{}$", "$o_{}$"), "w2": ("$o_{}$", r"$\hat y$"), "b1": ("", "$o_{}$"), "b2": ("", r"$\hat y$")}
    from_, to = ends[name[:2]]
    return f"{from_.format(name[3])} | {to.format(name[-1])}"


def pages() -> dict[Path, str]:
    """The text of each page."""
    net, (x, y) = bplab.two_two_one(), bplab.zoo.card()
    sample = {"i_1": float(x[0, 0]), "i_2": float(x[0, 1]), "y": float(y[0, 0])}
    numbers = {name: number(net[name]) for name in net.names}
    said = ", ".join(f"{symbol(name)} = {text}" for name, text in numbers.items())
    alt = f"The 2-2-1 network, from two inputs over two hidden units to one output, with its numbers: {said}."
    svg = drawing(net, sample, alt)
    rows = "\n".join(f"| {latex(name)} | {text} | {leads(name)} |" for name, text in numbers.items())
    cells = "\n".join(f"<tr><td>{mathml(*symbol(name))}<td>{text}<td><td>" for name, text in numbers.items())
    symbols = {
        f"m_{name}": mathml(*symbol(name)) for name in ("i_1", "i_2", "y", "z1_1", "z1_2", "o_1", "o_2", "y_hat")
    }
    symbols |= {"m_w": mathml("w", "k", "ij"), "m_b": mathml("b", "k", "j")}
    return {
        ROOT / "notebooks" / "card.md": MARKDOWN.format(alt=alt, svg=quote(svg, safe=" =:/,;()'"), rows=rows, **sample),
        ROOT / "docs" / "card.html": HTML.format(svg=svg, rows=cells, **symbols, **sample),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
