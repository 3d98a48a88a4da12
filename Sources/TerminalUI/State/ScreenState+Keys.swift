import Conversation

extension ScreenState {
    /// Takes a key; returns what the program has to do.
    mutating func take(_ key: Key) -> [Effect] {
        if line != nil { return takeWriting(key) }
        if replay.isWholeProgram, let effects = takeInWholeReplay(key) { return effects }
        if let effects = takeInPane(key) { return effects }
        switch key {
        case .control("c"): return [.silenceOrQuit]
        case .paste(let text):
            open(.message)
            _ = line?.take(.paste(text))
            return []
        default: return KeyMap.command(key).map { run($0) } ?? []
        }
    }

    /// Where the program is a replay, the keys of playing come first and nothing can be said.
    private mutating func takeInWholeReplay(_ key: Key) -> [Effect]? {
        if key != .up, key != .down, let effects = replay.take(key) { return effects }
        switch KeyMap.command(key) {
        case .press, .write, .textReplies, .spokenReplies, .mute, .pushToTalk, .sayAgain, .replay, .devices:
            tell("This is a replay.")
            return []
        default: return nil
        }
    }

    /// Does what a command says.
    mutating func run(_ command: Command) -> [Effect] {
        switch command {
        case .press: return [.press]
        case .textReplies: return [.reply(.text)]
        case .spokenReplies: return [.reply(.speech)]
        case .mute: return [.mute(!isMuted)]
        case .pushToTalk: return [.pushToTalk(!isPushToTalk)]
        case .sayAgain: return [.sayAgain]
        case .write: open(.message)
        case .search: open(.search)
        case .replay, .latency, .devices, .spectrogram, .help: return toggle(command)
        case .scrollUp, .scrollDown, .pageUp, .pageDown, .oldest, .newest: scroll(command)
        case .nextMatch: step(older: true)
        case .previousMatch: step(older: false)
        case .copy, .copyTurn: return copy(command)
        case .theme: changeTheme()
        case .redraw: return [.redraw]
        case .close: return close()
        case .quit: return [.quit]
        }
        return []
    }

    private mutating func scroll(_ command: Command) {
        let page = max(1, Layout(self).transcript.rows - 2)
        switch command {
        case .scrollUp: scroll = view.scrolled(scroll, up: 1)
        case .scrollDown: scroll = view.scrolled(scroll, up: -1)
        case .pageUp: scroll = view.scrolled(scroll, up: page)
        case .pageDown: scroll = view.scrolled(scroll, up: -page)
        case .oldest: scroll = view.scrolled(.at(item: 0, line: 0), up: 0)
        default: scroll = .newest
        }
    }

    private mutating func changeTheme() {
        let order: [ThemeChoice] = [.dark, .light, .none]
        let index = order.firstIndex(of: theme).map { ($0 + 1) % order.count } ?? 1
        theme = order[index]
        tell(theme == .none ? "no colours" : "\(theme.rawValue) colours")
    }

    private mutating func copy(_ command: Command) -> [Effect] {
        guard let turn = transcript.newestReply else {
            tell("There is no reply to copy yet.")
            return []
        }
        let reply = PlainText.cleaned(turn.reply)
        tell(command == .copy ? "Reply copied." : "Question and reply copied.")
        return [.copy(command == .copy ? reply : PlainText.cleaned(turn.question ?? "") + "\n\n" + reply)]
    }

    // MARK: panes

    private mutating func toggle(_ command: Command) -> [Effect] {
        let wanted: Pane =
            switch command {
            case .replay: .replay
            case .latency: .latency
            case .devices: .devices
            case .spectrogram: .spectrogram
            default: .help
            }
        if pane == wanted { return close() }
        if wanted == .replay && !replay.isPossible {
            tell("There are no saved sessions here.")
            return []
        }
        if wanted == .devices && !devices.isPossible {
            tell("There is no sound device to choose.")
            return []
        }
        pane = wanted
        helpScroll = 0
        soundTurn = nil
        switch wanted {
        case .devices:
            devices.isLoading = true
            return [.listDevices]
        case .replay where replay.playing == nil:
            replay.begin()
            return [.listSessions]
        default: return []
        }
    }

    /// Closes what is open, the newest first; brings the end into view when nothing is.
    private mutating func close() -> [Effect] {
        if pane != nil {
            let wasPlaying = pane == .replay && replay.playing != nil
            pane = nil
            if wasPlaying { replay.playing = nil }
            return wasPlaying ? [.replay(.stop)] : []
        }
        if search != nil { search = nil } else { scroll = .newest }
        return []
    }

    /// Keys that mean something else while a pane is open; nil: the key means what it always does.
    private mutating func takeInPane(_ key: Key) -> [Effect]? {
        switch pane {
        case .help: return takeInHelp(key)
        case .devices: return devices.take(key)
        case .replay: return replay.take(key)
        case .spectrogram: return takeInSpectrogram(key)
        case .latency, nil: return nil
        }
    }

    private mutating func takeInHelp(_ key: Key) -> [Effect]? {
        let last = max(
            0, HelpPane.lineCount(columns: Layout(self).pane?.columns ?? 0) - (Layout(self).pane?.rows ?? 0) + 2)
        switch key {
        case .up: helpScroll = max(0, helpScroll - 1)
        case .down: helpScroll = min(last, helpScroll + 1)
        case .pageUp: helpScroll = max(0, helpScroll - 10)
        case .pageDown: helpScroll = min(last, helpScroll + 10)
        default: return nil
        }
        return []
    }

    private mutating func takeInSpectrogram(_ key: Key) -> [Effect]? {
        let turns = sounds.turns
        guard let newest = turns.last, key == .left || key == .right else { return nil }
        let index = turns.firstIndex(of: soundTurn ?? newest) ?? turns.count - 1
        let next = key == .left ? max(0, index - 1) : min(turns.count - 1, index + 1)
        soundTurn = next == turns.count - 1 ? nil : turns[next]
        return []
    }

    // MARK: writing

    private mutating func open(_ purpose: WritingPurpose) {
        self.purpose = purpose
        switch purpose {
        case .message: line = MessageLine(draft, history: history)
        case .search:
            line = MessageLine()
            search = nil
        }
    }

    private mutating func takeWriting(_ key: Key) -> [Effect] {
        switch key {
        case .enter: return purpose == .message ? sendMessage() : finishSearch()
        case .escape, .control("c"), .control("g"):
            if purpose == .message { draft = line?.text ?? "" } else { search = nil }
            line = nil
        case .pageUp: scroll(.pageUp)
        case .pageDown: scroll(.pageDown)
        default:
            _ = line?.take(key)
            if purpose == .search { searchWhileWriting() }
        }
        return []
    }

    private mutating func sendMessage() -> [Effect] {
        let text = line?.text.trimmingBlanks ?? ""
        line = nil
        draft = ""
        guard !text.isEmpty else { return [] }
        if history.last != text { history.append(text) }
        scroll = .newest
        return [.send(text)]
    }

    private mutating func searchWhileWriting() {
        search = TranscriptSearch(line?.text ?? "")
        if search?.query.isEmpty == false { step(older: true) }
    }

    private mutating func finishSearch() -> [Effect] {
        line = nil
        if search?.query.isEmpty != false { search = nil }
        return []
    }

    private mutating func step(older: Bool) {
        guard search != nil else {
            tell("Search first: f")
            return
        }
        if search?.step(in: transcript, older: older) == true, let match = search?.current {
            scroll = view.position(of: match, from: scroll)
        } else if line == nil {
            tell("Not found.")
        }
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
