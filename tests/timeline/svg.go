package timeline

import (
	"fmt"
	"html"
	"io"
	"strings"
)

const (
	rowHeight  = 18
	labelWidth = 360
	chartWidth = 840
	margin     = 40
)

// SVG draws the timeline: a bar for each resource by the graph, those of the longest path dark, and, as a line below,
// when AWS itself would have let it begin.
func (r Report) SVG(out io.Writer) error {
	var picture strings.Builder
	height := margin + rowHeight*len(r.Lines) + margin
	fmt.Fprintf(&picture, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" `+
		`font-size="11">`+"\n", labelWidth+chartWidth+margin, height)
	fmt.Fprintf(&picture, `<rect width="100%%" height="100%%" fill="white"/>`+"\n"+`<text x="8" y="20" font-size="13">`+
		"%s: %.0f s by the graph, %.0f s at least (%.3f)</text>\n", r.Operation, r.Graph, r.Bound, r.Ratio)
	x := func(second float64) float64 { return labelWidth + second/max(r.Graph, 1)*chartWidth }
	for tick := range 11 {
		second := r.Graph * float64(tick) / 10
		fmt.Fprintf(&picture, `<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#ddd"/>`+
			`<text x="%.1f" y="%d" text-anchor="middle" fill="#666">%.0f s</text>`+"\n",
			x(second), margin-4, x(second), height-margin, x(second), height-margin/2, second)
	}
	for i, l := range r.Lines {
		y := margin + i*rowHeight
		colour := "#9db8d9"
		if l.Critical {
			colour = "#c2410c"
		}
		fmt.Fprintf(&picture, `<text x="%d" y="%d" text-anchor="end">%s</text>`, labelWidth-8, y+12,
			html.EscapeString(l.Title))
		fmt.Fprintf(&picture, `<rect x="%.1f" y="%d" width="%.1f" height="11" fill="%s"><title>%s</title></rect>`,
			x(l.Start), y+2, max(x(l.End)-x(l.Start), 1), colour,
			html.EscapeString(fmt.Sprintf("%s: %.0f to %.0f s, after %s", l.Title, l.Start, l.End, l.WaitedFor)))
		fmt.Fprintf(&picture, `<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#666"/>`+"\n",
			x(l.BoundStart), y+15, x(l.BoundStart+l.End-l.Start), y+15)
	}
	picture.WriteString("</svg>\n")
	_, err := io.WriteString(out, picture.String())
	return err
}
