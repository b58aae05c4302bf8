"""Bar charts as SVG, readable on light and dark pages: no background, middle greys."""

from xml.sax.saxutils import escape

WIDTH, HEIGHT = 860, 380
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 70, 55
TEXT = "#7d7d7d"
COLOURS = ["#9a9a9a", "#2f8f6b", "#4d8fc9", "#c9822f", "#8a63c9", "#c95f7e"]


def nice_step(highest):
    """A round step that gives four to nine lines."""
    step = 10.0 ** -3
    while True:
        for factor in (1, 2, 5):
            if highest / (step * factor) <= 9:
                return step * factor
        step *= 10


def text(x, y, what, anchor="middle", size=12, extra=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" {extra}>'
            f"{escape(what)}</text>")


def bars(title, groups, series, values, unit, group_axis):
    """`values`: (group, series) -> (median, min, max); a missing one leaves a gap."""
    highest = max(high for _, _, high in values.values())
    step = nice_step(highest)
    top = step * (int(highest / step) + 1)
    plot_height = HEIGHT - TOP - BOTTOM
    plot_width = WIDTH - LEFT - RIGHT

    def y_of(value):
        return TOP + plot_height * (1 - value / top)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
             f'font-family="system-ui, sans-serif" fill="{TEXT}" role="img">',
             f"<title>{escape(title)}</title>", text(LEFT, 22, title, "start", 15)]
    line = 0
    while line * step <= top + step / 2:
        y = y_of(line * step)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" '
                     f'stroke="{TEXT}" stroke-opacity="{0.9 if line == 0 else 0.25}"/>')
        parts.append(text(LEFT - 8, y + 4, f"{line * step:g}", "end"))
        line += 1
    parts.append(text(0, 0, unit, extra=f'transform="translate(16 {TOP + plot_height / 2:.0f}) '
                                        'rotate(-90)"'))
    parts.append(text(LEFT + plot_width / 2, HEIGHT - 12, group_axis))

    group_width = plot_width / len(groups)
    bar_width = group_width * 0.8 / len(series)
    for i, group in enumerate(groups):
        start = LEFT + group_width * (i + 0.1)
        parts.append(text(LEFT + group_width * (i + 0.5), HEIGHT - BOTTOM + 18, group))
        for j, name in enumerate(series):
            if (group, name) not in values:
                continue
            middle, low, high = values[(group, name)]
            x = start + bar_width * j
            centre = x + bar_width / 2
            parts.append(f'<rect x="{x + 1:.1f}" y="{y_of(middle):.1f}" width="{bar_width - 2:.1f}" '
                         f'height="{y_of(0) - y_of(middle):.1f}" '
                         f'fill="{COLOURS[j % len(COLOURS)]}"/>')
            parts.append(f'<line x1="{centre:.1f}" x2="{centre:.1f}" y1="{y_of(low):.1f}" '
                         f'y2="{y_of(high):.1f}" stroke="{TEXT}" stroke-width="1.5"/>')
            parts.append(text(centre, y_of(high) - 4, f"{middle:.1f}", size=9))
    x = LEFT
    for j, name in enumerate(series):
        parts.append(f'<rect x="{x}" y="36" width="11" height="11" '
                     f'fill="{COLOURS[j % len(COLOURS)]}"/>')
        parts.append(text(x + 16, 46, name, "start"))
        x += 30 + 8 * len(name)
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


PANEL_WIDTH, PANEL_HEIGHT, PANEL_COLUMNS = 215, 170, 4


def panels(title, panels_of, series):
    """Small charts, each with a scale of its own: (name, {series: {p50, p95, p99}}, limit or None)."""
    rows = -(-len(panels_of) // PANEL_COLUMNS)
    height = 62 + rows * (PANEL_HEIGHT + 14)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
             f'font-family="system-ui, sans-serif" fill="{TEXT}" role="img">',
             f"<title>{escape(title)}</title>", text(12, 22, title, "start", 15)]
    x = 12
    for j, name in enumerate(series):
        parts.append(f'<rect x="{x}" y="36" width="11" height="11" fill="{COLOURS[j]}"/>')
        parts.append(text(x + 16, 46, name, "start"))
        x += 34 + 6.2 * len(name)
    parts.append(f'<line x1="{x}" x2="{x + 22}" y1="42" y2="42" stroke="{COLOURS[5]}" '
                 'stroke-width="1.5" stroke-dasharray="5 3"/>')
    parts.append(text(x + 28, 46, "asked of the 95th percentile", "start"))
    for i, (name, values, limit) in enumerate(panels_of):
        parts += panel(PANEL_WIDTH * (i % PANEL_COLUMNS), 62 + (PANEL_HEIGHT + 14) * (i // PANEL_COLUMNS),
                       name, values, limit, series)
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def panel(left, top, name, values, limit, series):
    highest = max([one["p99"] for one in values.values()] + [limit or 0]) * 1.18
    floor, ceiling = top + PANEL_HEIGHT - 8, top + 30

    def y_of(value):
        return floor - (floor - ceiling) * max(value, 0) / highest

    at_limit = y_of(limit) if limit is not None else None
    right = left + PANEL_WIDTH - (14 if limit is None else 38)  # the limit's number stands beside it

    parts = [text(left + 12, top + 16, name, "start", 13),
             f'<line x1="{left + 12}" x2="{right}" y1="{floor}" y2="{floor}" '
             f'stroke="{TEXT}" stroke-opacity="0.9"/>']
    step = (right - left - 12) / len(series)
    for j, label in enumerate(series):
        if label not in values:
            continue
        one = values[label]
        x = left + 12 + step * j
        centre, width = x + step / 2, step * 0.6
        parts.append(f'<rect x="{centre - width / 2:.1f}" y="{y_of(one["p95"]):.1f}" '
                     f'width="{width:.1f}" height="{floor - y_of(one["p95"]):.1f}" '
                     f'fill="{COLOURS[j]}"/>')
        parts.append(f'<line x1="{centre:.1f}" x2="{centre:.1f}" y1="{y_of(one["p50"]):.1f}" '
                     f'y2="{y_of(one["p99"]):.1f}" stroke="{TEXT}" stroke-width="1.5"/>')
        above = y_of(max(one["p99"], one["p95"])) - 5
        if at_limit is not None and above - 10 < at_limit < above + 3:
            above = at_limit - 4  # the line would strike the number out
        parts.append(text(centre, above, f'{one["p95"]:.1f}', size=11))
    if at_limit is not None:
        parts.append(f'<line x1="{left + 12}" x2="{right}" y1="{at_limit:.1f}" '
                     f'y2="{at_limit:.1f}" stroke="{COLOURS[5]}" stroke-width="1.5" '
                     'stroke-dasharray="5 3"/>')
        parts.append(text(right + 4, at_limit + 4, f"{limit:g}", "start", 11,
                          f'style="fill:{COLOURS[5]}"'))
    return parts
