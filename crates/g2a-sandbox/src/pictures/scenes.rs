//! The scenes of pictures: eight kinds, each in any palette and any size.

use std::fmt::Write as _;

use super::Palette;
use crate::dice::Dice;

/// How many kinds there are.
pub(super) const COUNT: u32 = 8;

struct Canvas<'a> {
    svg: &'a mut String,
    dice: &'a mut Dice,
    colours: &'a Palette,
    w: f64,
    h: f64,
}

/// Adds one scene to a picture.
pub(super) fn paint(kind: u32, svg: &mut String, dice: &mut Dice, colours: &Palette, w: f64, h: f64) {
    let mut canvas = Canvas {
        svg,
        dice,
        colours,
        w,
        h,
    };
    match kind {
        0 => canvas.mountains(),
        1 => canvas.skyline(),
        2 => canvas.planets(),
        3 => canvas.geometry(),
        4 => canvas.waves(),
        5 => canvas.grid(),
        6 => canvas.forest(),
        _ => canvas.shards(),
    }
}

impl Canvas<'_> {
    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        let _ = self.svg.write_fmt(text);
    }

    /// A number from 0 to 1.
    fn part(&mut self) -> f64 {
        f64::from(self.dice.below(1000)) / 1000.0
    }

    fn sun(&mut self, low: f64, high: f64) {
        let (x, y) = (
            self.w * (0.25 + self.part() * 0.5),
            self.h * (low + self.part() * (high - low)),
        );
        let (r, light) = (self.w.min(self.h) * (0.09 + self.part() * 0.07), self.colours[2]);
        self.add(format_args!("<circle cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"{:.0}\" fill=\"url(#g)\" opacity=\".7\"/><circle cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"{r:.0}\" fill=\"{light}\"/>", r * 3.0));
    }

    fn stars(&mut self, count: u32) {
        self.add(format_args!("<g fill=\"#fff\" opacity=\".8\">"));
        for _ in 0..count {
            let (x, y, r) = (
                self.w * self.part(),
                self.h * 0.7 * self.part(),
                0.6 + self.part() * 1.8,
            );
            self.add(format_args!("<circle cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"{r:.1}\"/>"));
        }
        self.add(format_args!("</g>"));
    }

    /// Jagged ridges, each nearer and darker than the one before.
    fn ridges(&mut self, top: f64, rough: f64) {
        for layer in 0..3u8 {
            let base = self.h * (top + 0.15 * f64::from(layer));
            let mut path = format!("M0 {:.0}", self.h);
            for step in 0..=12u8 {
                let up = if step % 2 == 0 {
                    self.part() * 0.35
                } else {
                    0.4 + self.part() * 0.6
                };
                let _ = write!(
                    path,
                    "L{:.0} {:.0}",
                    self.w * f64::from(step) / 12.0,
                    base - up * rough * self.h
                );
            }
            let colour = self.colours[3 + usize::from(layer)];
            let (w, h) = (self.w, self.h);
            self.add(format_args!("<path d=\"{path}L{w:.0} {h:.0}z\" fill=\"{colour}\"/>"));
        }
    }

    fn mountains(&mut self) {
        self.stars(18);
        self.sun(0.15, 0.4);
        self.ridges(0.6, 0.22);
    }

    fn skyline(&mut self) {
        self.sun(0.2, 0.45);
        for layer in 0..3u8 {
            let (mut x, colour) = (0.0, self.colours[3 + usize::from(layer)]);
            let mut path = String::new();
            let mut lights = String::new();
            while x < self.w {
                let width = self.w * (0.06 + self.part() * 0.07);
                let top = self.h * (0.3 + 0.15 * f64::from(layer) + self.part() * 0.22);
                let _ = write!(path, "M{x:.0} {:.0}V{top:.0}h{width:.0}V{:.0}z", self.h, self.h);
                if layer > 0 {
                    let _ = write!(
                        lights,
                        "M{:.0} {:.0}v{:.0}",
                        x + width * (0.3 + self.part() * 0.4),
                        top + 16.0,
                        60.0 + self.part() * 90.0
                    );
                }
                x += width + self.w * 0.008;
            }
            let light = self.colours[2];
            self.add(format_args!("<path d=\"{path}\" fill=\"{colour}\"/><path d=\"{lights}\" stroke=\"{light}\" stroke-width=\"7\" stroke-dasharray=\"6 11\" opacity=\".75\"/>"));
        }
    }

    fn planets(&mut self) {
        self.stars(34);
        let (w, h) = (self.w, self.h);
        for size in [0.42, 0.13, 0.07] {
            let (x, y) = (w * (0.1 + self.part() * 0.8), h * (0.15 + self.part() * 0.45));
            let r = w.min(h) * size * (0.8 + self.part() * 0.4);
            let colour = *self.dice.pick(&self.colours[1..4]);
            let (light, near, tilt) = (self.colours[2], self.colours[5], self.dice.between(0, 60));
            self.add(format_args!("<circle cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"{:.0}\" fill=\"url(#g)\" opacity=\".35\"/><circle cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"{r:.0}\" fill=\"{colour}\"/><path d=\"M{:.0} {y:.0}a{r:.0} {r:.0} 0 0 0 {:.0} 0a{r:.0} {:.0} 0 0 1 {:.0} 0z\" fill=\"{near}\" opacity=\".55\" transform=\"rotate(-{tilt} {x:.0} {y:.0})\"/><ellipse cx=\"{x:.0}\" cy=\"{y:.0}\" rx=\"{:.0}\" ry=\"{:.0}\" fill=\"none\" stroke=\"{light}\" stroke-width=\"4\" opacity=\".6\" transform=\"rotate(-{tilt} {x:.0} {y:.0})\"/>", r * 1.5, x - r, 2.0 * r, r * 0.4, -2.0 * r, r * 1.6, r * 0.3));
        }
        self.ridges(0.85, 0.08);
    }

    fn geometry(&mut self) {
        let (w, h) = (self.w, self.h);
        let (cx, cy) = (w / 2.0, h * 0.4);
        let sides = self.dice.between(3, 8);
        for ring in 0..7u8 {
            let r = w.min(h) * (0.62 - 0.085 * f64::from(ring));
            let turn = f64::from(ring) * (0.1 + self.part() * 0.25);
            let mut points = String::new();
            for side in 0..sides {
                let angle = turn + f64::from(side) * std::f64::consts::TAU / f64::from(sides);
                let _ = write!(points, "{:.0},{:.0} ", cx + r * angle.cos(), cy + r * angle.sin());
            }
            let colour = self.colours[[5, 4, 3, 1, 4, 2, 5][usize::from(ring)]];
            self.add(format_args!(
                "<polygon points=\"{points}\" fill=\"{colour}\" opacity=\".88\"/>"
            ));
        }
    }

    fn waves(&mut self) {
        self.sun(0.15, 0.3);
        let (w, h) = (self.w, self.h);
        for layer in 0..7u8 {
            let y = h * (0.38 + 0.09 * f64::from(layer));
            let swing = h * (0.03 + self.part() * 0.06);
            let shift = self.part() * w * 0.3;
            let colour = self.colours[[2, 1, 3, 1, 3, 4, 5][usize::from(layer)]];
            self.add(format_args!("<path d=\"M{:.0} {y:.0}q{q:.0} {:.0} {half:.0} 0t{half:.0} 0t{half:.0} 0t{half:.0} 0V{h:.0}H{:.0}z\" fill=\"{colour}\" opacity=\".85\"/>", -shift, -swing, -shift, q = w / 6.0, half = w / 3.0));
        }
    }

    fn grid(&mut self) {
        self.stars(20);
        let (w, h, line) = (self.w, self.h, self.colours[2]);
        let (x, y, r) = (w / 2.0, h * 0.4, w.min(h) * (0.26 + self.part() * 0.08));
        let (light, sky) = (self.colours[2], self.colours[0]);
        self.add(format_args!("<circle cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"{:.0}\" fill=\"url(#g)\" opacity=\".5\"/><circle cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"{r:.0}\" fill=\"{light}\"/>", r * 1.7));
        for bar in 0..5u8 {
            let top = y + r * (0.1 + 0.19 * f64::from(bar));
            self.add(format_args!(
                "<rect x=\"{:.0}\" y=\"{top:.0}\" width=\"{:.0}\" height=\"{:.0}\" fill=\"{sky}\" opacity=\".75\"/>",
                x - r,
                2.0 * r,
                r * (0.03 + 0.02 * f64::from(bar))
            ));
        }
        self.ridges(0.42, 0.09);
        let near = self.colours[5];
        let floor = h * 0.62;
        let mut path = String::new();
        for step in -9i8..=9 {
            let _ = write!(
                path,
                "M{:.0} {floor:.0}L{:.0} {h:.0}",
                x + f64::from(step) * w * 0.06,
                x + f64::from(step) * w * 0.24
            );
        }
        for step in 0..9u8 {
            let at = f64::from(step) / 8.0;
            let _ = write!(path, "M0 {:.0}h{w:.0}", floor + (h - floor) * at * at);
        }
        self.add(format_args!("<rect y=\"{floor:.0}\" width=\"{w:.0}\" height=\"{:.0}\" fill=\"{near}\"/><path d=\"{path}\" stroke=\"{line}\" stroke-width=\"2\" opacity=\".7\"/>", h - floor));
    }

    fn forest(&mut self) {
        self.sun(0.15, 0.4);
        let (w, h) = (self.w, self.h);
        for layer in 0..3u8 {
            let base = h * (0.7 + 0.15 * f64::from(layer));
            let colour = self.colours[3 + usize::from(layer)];
            let mut path = format!("M0 {base:.0}H{w:.0}V{h:.0}H0z");
            for tree in 0..11u8 {
                let x = w * (f64::from(tree) + self.part()) / 11.0;
                let (tall, wide) = (h * (0.16 + self.part() * 0.2), w * (0.035 + self.part() * 0.03));
                for tier in 0..3u8 {
                    let low = base - tall * 0.26 * f64::from(tier);
                    let half = wide * (1.0 - 0.25 * f64::from(tier));
                    let _ = write!(
                        path,
                        "M{:.0} {low:.0}l{half:.0} {:.0}l{half:.0} {:.0}z",
                        x - half,
                        -tall * 0.45,
                        tall * 0.45
                    );
                }
            }
            self.add(format_args!("<path d=\"{path}\" fill=\"{colour}\"/>"));
        }
    }

    fn shards(&mut self) {
        let (w, h) = (self.w, self.h);
        let (cx, cy) = (w * (0.35 + self.part() * 0.3), h * (0.3 + self.part() * 0.2));
        let mut angle = 0.0;
        while angle < std::f64::consts::TAU {
            let next = angle + 0.15 + self.part() * 0.4;
            let (inner, outer) = (
                w.min(h) * (0.04 + self.part() * 0.14),
                w.max(h) * (0.4 + self.part() * 0.7),
            );
            let colour = self.colours[1 + self.dice.below(5) as usize];
            let middle = (angle + next) / 2.0;
            self.add(format_args!(
                "<path d=\"M{:.0} {:.0}L{:.0} {:.0}L{:.0} {:.0}z\" fill=\"{colour}\" opacity=\".82\"/>",
                cx + inner * middle.cos(),
                cy + inner * middle.sin(),
                cx + outer * angle.cos(),
                cy + outer * angle.sin(),
                cx + outer * next.cos(),
                cy + outer * next.sin()
            ));
            angle = next;
        }
        let r = w.min(h) * 0.2;
        self.add(format_args!(
            "<circle cx=\"{cx:.0}\" cy=\"{cy:.0}\" r=\"{r:.0}\" fill=\"url(#g)\"/>"
        ));
    }
}
