"""Words that mean something to the languages that a report is written in, and prose with structure."""

HOSTILE = (
    r"\input{a} \\ 100 % of $x_1^2$ & #1 ~ {b} <b>c</b> | `d` *e* _f_ [g](h) \"i\" 'j' --- ,, 1. - "
    "\u00e9 \u0159 \u03b1 \u2265 \u4e2d \U0001f600 \u1ea1"
)
PROSE = """\
A *word* with [a link](https://example.org/a_b%20c#d~e?f={{g}}&h) and `code_{{x}}`.

- one
- two

1. first
2. second

> a quotation

```
x = 1

y = 2
```

---

| a | b |
|---|--:|
| [c] | 100 % |
"""
