"""Text that means harm."""

from __future__ import annotations

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "\x1b[31mred\x1b[0m \x1b]0;owned\x07 \x9b2J",
    "safe\u202egpj.exe\u2066 \u200b\ufeff",
    "=cmd|' /C calc'!A0",
    "../../../../etc/passwd",
    "[click](javascript:alert(3)) | pipe | `tick` ``two`` @octocat #123 https://evil.example www.evil.example",
    "</pre></details></td><h1>big</h1><!-- ]]> -->",
    "[bold red]markup[/bold red] {{ 7 * 7 }} {% raw %}",
    "null\x00byte\x0b\x0c\ud800lone\ufffe",
    "x" * 4_000,
    "word " * 250_000,
    "one\r\ntwo\n# heading\n- item\n```\n1. three",
    "z" + "\u0301" * 400,
    "\" onmouseover=\"alert(4)' style='position:fixed",
    "漢字" * 600,
    "\\| \\\\| \\`",
)
