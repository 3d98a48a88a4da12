"""Questions and replies keep their rules."""
import random
import re
import unittest
from unittest import mock

from recipe.tests import corpus  # noqa: F401  (its folder comes first)

from recipe.branch.rows import drawn
from recipe.common.held_out import plain, reason
from recipe.data import orders, sentences
from recipe.data.questions import FILES, table, written
from recipe.data.rules import THIN, by_rule
from recipe.data.sentences import dictionary_forms


class Texts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rows = table(2000)

    def test_no_digits_and_symbols(self):
        for q in self.rows:
            for text in (q['text'], q['reply']):
                self.assertRegex(text, r"^[A-Za-z ,.?!':\-]+$", text)

    def test_key_is_in_the_reply(self):
        wrong = [q for q in self.rows if plain(q['key']) not in plain(q['reply'])]
        self.assertEqual(wrong, [])

    def test_a_question_has_one_reply(self):
        replies = {}
        for q in self.rows:
            before = plain(q['before']['text']) if 'before' in q else ''
            replies.setdefault((before, plain(q['text'])), set()).add(q['reply'])
        self.assertEqual([k for k, v in replies.items() if len(v) > 1], [])

    def test_second_turns_follow_a_question(self):
        asked = {plain(q['text']) for q in self.rows if 'before' not in q}
        second = [q for q in self.rows if 'before' in q]
        self.assertGreater(len(second), 1000)
        self.assertEqual([q['before']['text'] for q in second if plain(q['before']['text']) not in asked], [])

    def test_files_are_whole(self):
        for name in FILES:
            for q in written(name):
                self.assertTrue(q['text'] and q['reply'] and q['key'], q)
                self.assertLessEqual(len(q['reply'].split()), 20, q)

    def test_thin_topics_are_filled(self):
        kinds = {}
        for kind, wordings, _, _ in by_rule(1, THIN):
            kinds[kind] = kinds.get(kind, 0) + len(wordings)
        for kind in ('yes', 'no', 'can', 'live', 'size', 'sum', 'say to', 'say again', 'count', 'letters', 'what for', 'jobs',
                     'sense', 'no such word', 'cannot'):
            self.assertGreater(kinds.get(kind, 0), 50, kind)

    def test_same_seed_same_questions(self):
        self.assertEqual(by_rule(3, THIN), by_rule(3, THIN))
        self.assertFalse([w for _, ws, _, _ in by_rule(1, THIN) for w in ws if re.search(r'\bin the \w+ the\b', w)])

    def test_inflected_words_are_found_in_a_dictionary(self):
        for word, entry in dict(messages='message', boxes='box', pressed='press', saved='save', tries='try', studied='study',
                                running='run', making='make', planned='plan', slowly='slow', bridge='bridge').items():
            self.assertIn(entry, dictionary_forms(word), word)
        self.assertEqual(dictionary_forms('ing'), {'ing'})

    def test_words_of_replies_are_written_as_within_a_sentence(self):
        replies = ['Berlin is far.', 'The capital of Germany is Berlin.', 'Bees make honey, and so on.']
        with mock.patch.object(sentences, 'read_lines', return_value=[dict(reply=r) for r in replies]):
            said = sentences.of_replies(['bridge'], 300)
        within = {w.strip(',.') for s in said for w in s.split()[1:]}
        self.assertTrue({'Berlin', 'Germany', 'capital', 'honey', 'bees', 'bridge'} <= within, within)
        self.assertFalse({'berlin', 'Capital', 'Bees'} & within)
        self.assertEqual([s for s in said if reason(dict(text=s), 'assistant')], [])

    def test_orders_are_words_and_none_is_reserved(self):
        found = orders.orders(400)
        self.assertEqual((len(set(found)), found), (400, orders.orders(400)))
        for text in found:
            self.assertRegex(text, r"^[A-Z][A-Za-z ,.?']+[.?]$", text)
        self.assertTrue([t for t in found if 'lamp' in t])
        with mock.patch.object(orders, 'reason', lambda item, speaker: 'reserved text' if 'lamp' in item['text'] else None):
            self.assertFalse([t for t in orders.orders(400) if 'lamp' in t])

    def test_utterances_with_a_rare_word_are_all_said(self):
        sums, rare = [dict(text='two and two is four')] * 900, [dict(text=f'number {n} is rare') for n in range(50)]
        chosen = drawn(sums + rare, random.Random(0))
        self.assertEqual([u for u in chosen if u in rare], rare)
        self.assertTrue(250 < len(chosen) - 50 < 350, len(chosen))


if __name__ == '__main__':
    unittest.main()
