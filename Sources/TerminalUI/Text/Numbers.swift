extension Double {
    /// The number with so many digits behind the point, the same in every language.
    func shown(_ digits: Int) -> String {
        guard isFinite else { return "–" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let bounded = Swift.min(Swift.max(self, -1e12), 1e12)
        let units = Int((Swift.abs(bounded) * scale).rounded())
        let whole = "\(bounded < 0 && units > 0 ? "-" : "")\(units / Int(scale))"
        guard digits > 0 else { return whole }
        let fraction = String(units % Int(scale))
        return whole + "." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// Minutes and seconds: 1:05.
    var shownAsClock: String {
        let seconds = isFinite ? Int(Swift.min(Swift.max(0, self), 1e9)) : 0
        let rest = seconds % 60
        return "\(seconds / 60):\(rest < 10 ? "0" : "")\(rest)"
    }
}

extension String {
    /// The text with blanks before it, up to so many columns.
    func rightAligned(_ columns: Int) -> String {
        String(repeating: " ", count: max(0, columns - Glyph.width(self))) + self
    }

    /// The text with blanks behind it, up to so many columns.
    func leftAligned(_ columns: Int) -> String {
        self + String(repeating: " ", count: max(0, columns - Glyph.width(self)))
    }
}
