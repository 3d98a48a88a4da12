import Conversation
import Testing

@testable import TerminalUI

@Suite struct KeyTests {
    /// The keys that the manual promises.
    @Test(arguments: [
        (" ", Command.press), ("t", .textReplies), ("s", .spokenReplies), ("m", .mute), ("p", .pushToTalk),
        ("/", .write),
        ("r", .sayAgain), ("R", .replay), ("l", .latency), ("d", .devices), ("g", .oldest), ("G", .newest),
        ("y", .copy),
        ("q", .quit), ("?", .help), ("f", .search), ("n", .nextMatch), ("N", .previousMatch), ("v", .spectrogram),
    ]) func theManualsKeysDoWhatItSays(_ key: String, _ command: Command) {
        #expect(key.unicodeScalars.first.flatMap { KeyMap.command(Key($0)) } == command)
    }

    @Test func specialKeysDoWhatTheManualSays() {
        let wanted: [(Key, Command)] = [
            (.enter, .press), (.up, .scrollUp), (.down, .scrollDown), (.pageUp, .pageUp), (.pageDown, .pageDown),
            (.control("f"), .search), (.control("l"), .redraw), (.wheelUp, .scrollUp),
        ]
        for (key, command) in wanted { #expect(KeyMap.command(key) == command) }
    }

    @Test func noKeyMeansTwoThingsAndEveryCommandIsInTheHelp() {
        let entries = KeyMap.groups.flatMap(\.entries)
        let keys = entries.flatMap(\.sent)
        #expect(Set(keys).count == keys.count)
        #expect(Set(entries.map(\.command)) == Set(Command.allCases))
    }

    @Test func bytesOfATerminalAreKeys() {
        #expect(Key("\r") == .enter)
        #expect(Key("\u{1B}") == .escape)
        #expect(Key("\u{7F}") == .backspace)
        #expect(Key("\u{03}") == .control("c"))
        #expect(Key("世") == .character("世"))
        #expect(CursesScreen.joiningEscapes([.escape, .character("b"), .escape]) == [.alternate("b"), .escape])
        #expect(CursesScreen.joiningEscapes([.escape, .up]) == [.escape, .up])
    }

    // MARK: what keys lead to

    private func effects(_ keys: [Key], in state: SampleState = .answered) -> [Effect] {
        var screen = state.make()
        return keys.flatMap { screen.take($0) }
    }

    @Test func keysAskTheConversation() {
        #expect(effects([.character(" "), .enter]) == [.press, .press])
        #expect(effects([.character("t"), .character("s")]) == [.reply(.text), .reply(.speech)])
        #expect(effects([.character("m")]) == [.mute(true)])
        #expect(effects([.character("m")], in: .muted) == [.mute(false)])
        #expect(effects([.character("p")]) == [.pushToTalk(true)])
        #expect(effects([.character("r"), .character("q")]) == [.sayAgain, .quit])
        #expect(effects([.control("c")]) == [.silenceOrQuit])
        #expect(effects([.control("l")]) == [.redraw])
        #expect(effects([.character("ä"), .alternate("x"), .tab, .delete]) == [])
    }

    @Test func theLastReplyIsCopiedInPlainText() {
        #expect(effects([.character("y")]) == [.copy("The moon was astonished too.")])
        #expect(effects([.character("Y")]) == [.copy("and the moon?\n\nThe moon was astonished too.")])
        #expect(effects([.character("y")], in: .welcome) == [])
        guard case .copy(let text)? = effects([.character("y")], in: .hostile).first else {
            return #expect(Bool(false))
        }
        #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0 == "\u{202E}" })
    }

    /// Letters are commands until the line is opened, and text until it is closed: never one by accident.
    @Test func lettersAreTextOnlyWhileALineIsOpen() {
        var state = SampleState.answered.make()
        for key in "/tq s".unicodeScalars { #expect(state.take(Key(key)) == []) }
        #expect(state.line?.text == "tq s")
        #expect(state.take(.enter) == [.send("tq s")])
        #expect(state.line == nil)
        #expect(state.take(.character("q")) == [.quit])
    }

    @Test func anEmptyMessageIsNotSentAndADraftIsKept() {
        #expect(effects([.character("/"), .enter]) == [])
        #expect(effects([.character("/"), .character(" "), .enter]) == [])
        var state = SampleState.answered.make()
        for key in "/draft".unicodeScalars { _ = state.take(Key(key)) }
        _ = state.take(.escape)
        #expect(state.line == nil)
        _ = state.take(.character("/"))
        #expect(state.line?.text == "draft")
        // Ctrl-C closes the line and does not quit.
        #expect(state.take(.control("c")) == [])
        #expect(state.line == nil)
    }

    @Test func pastedTextOpensTheLineAndPressesNoKeys() {
        var state = SampleState.answered.make()
        #expect(state.take(.paste("quit\nnow\u{1B}[31m q")) == [])
        #expect(state.line?.text == "quit now q")
        #expect(state.take(.enter) == [.send("quit now q")])
    }

    @Test func panesOpenAndCloseWithTheirKeys() {
        for (key, pane) in [("?", Pane.help), ("l", .latency), ("v", .spectrogram), ("d", .devices), ("R", .replay)] {
            var state = SampleState.answered.make()
            for scalar in key.unicodeScalars { _ = state.take(Key(scalar)) }
            #expect(state.pane == pane)
            for scalar in key.unicodeScalars { _ = state.take(Key(scalar)) }
            #expect(state.pane == nil)
            for scalar in key.unicodeScalars { _ = state.take(Key(scalar)) }
            _ = state.take(.escape)
            #expect(state.pane == nil)
            // The keys of talking work in every pane but a playing replay.
            for scalar in key.unicodeScalars { _ = state.take(Key(scalar)) }
            #expect(state.take(.character("m")) == [.mute(true)])
            #expect(state.take(.character("q")) == [.quit])
        }
    }

    @Test func devicesAreChosen() {
        var state = SampleState.devices.make()
        #expect(state.devices.selection == 1)
        #expect(state.take(.up) == [])
        #expect(state.take(.enter) == [.chooseDevice(.input, "default")])
        #expect(state.devices.list?.input == "default")
        _ = state.take(.tab)
        _ = state.take(.down)
        #expect(state.take(.enter) == [.chooseDevice(.output, "plughw:0,0")])
        for _ in 0..<9 { _ = state.take(.down) }
        #expect(state.devices.selection == 3)
        #expect(effects([.character("d")]) == [.listDevices])
    }

    @Test func replaysAreChosenAndPlayed() {
        var state = SampleState.replaySessions.make()
        _ = state.take(.down)
        #expect(state.take(.enter) == [.listTurns(session: "a")])
        #expect(state.take(.escape) == [])
        #expect(state.replay.session == nil && state.pane == .replay && state.replay.selection == 1)
        _ = state.take(.escape)
        #expect(state.pane == nil)
        state = SampleState.replayTurns.make()
        _ = state.take(.down)
        #expect(state.take(.enter) == [.play(session: "b", turn: 2)])
        state = SampleState.replayPlaying.make()
        #expect(state.take(.character(" ")) == [.replay(.pause(true))])
        #expect(state.take(.left) == [.replay(.seek(3))])
        #expect(state.take(.right) == [.replay(.seek(13))])
        #expect(state.take(.character("+")) == [.replay(.speed(2))])
        #expect(state.take(.character("-")) == [.replay(.speed(1.25))])
        #expect(state.take(.escape) == [.replay(.stop)])
        #expect(state.replay.playing == nil)
    }

    @Test func aReplayAsProgramSaysNothingToAConversation() {
        #expect(effects([.character("t"), .character("m"), .character("/")], in: .replayProgram) == [])
        #expect(effects([.character(" ")], in: .replayProgram) == [.replay(.pause(true))])
        #expect(effects([.character("q")], in: .replayProgram) == [.quit])
    }
}

@Suite struct MessageLineTests {
    private func line(_ text: String, _ keys: [Key]) -> MessageLine {
        var line = MessageLine(text, history: ["first", "second"])
        for key in keys { _ = line.take(key) }
        return line
    }

    @Test func textIsEditedWhereTheCursorIs() {
        #expect(line("abc", [.left, .left, .character("x")]).text == "axbc")
        #expect(line("abc", [.home, .delete]).text == "bc")
        #expect(line("abc", [.home, .end, .backspace]).text == "ab")
        #expect(line("abc", [.home, .backspace, .left]).text == "abc")
        #expect(line("abc", [.delete, .right]).text == "abc")
        #expect(line("one two  three", [.control("w")]).text == "one two  ")
        #expect(line("one two  ", [.control("w")]).text == "one ")
        #expect(line("one two", [.alternate("b"), .control("u")]).text == "two")
        #expect(line("one two", [.alternate("b"), .control("k")]).text == "one ")
        #expect(line("one two", [.home, .alternate("f"), .character("!")]).text == "one! two")
    }

    @Test func charactersAreWhole() {
        #expect(line("e\u{301}世👨‍👩‍👧", [.backspace, .backspace]).text == "e\u{301}")
        #expect(line("e\u{301}x", [.left, .backspace]).text == "x")
        // A mark that is typed joins the character before it.
        #expect(line("e", [.character("\u{301}")]).before.count == 1)
    }

    @Test func earlierMessagesComeBack() {
        #expect(line("new", [.up]).text == "second")
        #expect(line("new", [.up, .up, .up]).text == "first")
        #expect(line("new", [.up, .down]).text == "new")
        #expect(line("new", [.down]).text == "new")
        #expect(line("", [.up, .character("!")]).text == "second!")
    }

    @Test func aHugePasteIsCut() {
        let line = line("", [.paste(String(repeating: "世", count: 100_000))])
        #expect(line.text.count == MessageLine.longest)
    }

    @Test func theCursorStaysInView() {
        for columns in 0...12 {
            for left in 0...9 {
                let (text, cursor) = line("世a界b世c界", Array(repeating: .left, count: left)).visible(columns: columns)
                #expect(cursor <= max(0, columns - 1))
                #expect(text.columns >= cursor)
            }
        }
    }
}
