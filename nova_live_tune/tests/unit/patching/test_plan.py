# SPDX-License-Identifier: Apache-2.0
from nova_live_tune.patching import actions, gnu_patch, plan, series
from nova_live_tune.tests.unit.patching import sites

_CURRENT = tuple(series.read(sites.RELEASE))


class PlanTest(sites.SiteTest):
    def _survey(self, current=_CURRENT):
        return plan.survey(self.site, current)

    def test_an_unpatched_nova(self):
        found = self._survey()
        self.assertEqual((None, _CURRENT), (found.marker, found.absent))
        self.assertEqual({}, found.changes_to(found.bare))
        self.assertFalse(found.present)
        self.assertFalse(found.up_to_date)
        self.assertIsNone(plan.obstacle(found))

    def test_a_patched_one(self):
        bare = self._survey().bare
        actions.apply(self.site, sites.RELEASE)
        found = self._survey()
        self.assertEqual(((), bare), (found.absent, found.bare))
        self.assertEqual({}, found.changes_to(found.patched))
        self.assertTrue(found.present)
        self.assertTrue(found.up_to_date)

    def test_without_a_series_the_markers_patches_are_looked_for(self):
        actions.apply(self.site, sites.RELEASE)
        found = self._survey(current=())
        self.assertEqual(_CURRENT, found.kept)
        self.assertEqual((), found.absent)

    def test_what_others_import_is_there_first_and_goes_last(self):
        found = self._survey()
        there = list(found.changes_to(found.patched))
        self.assertEqual(sites.LOADER, there[0])
        self.assertEqual(sites.FILES, sorted(there))
        actions.apply(self.site, sites.RELEASE)
        found = self._survey()
        self.assertEqual(sites.LOADER, list(found.changes_to(found.bare))[-1])

    def test_a_new_file_alone_does_not_make_a_patched_nova(self):
        actions.apply(self.site, sites.RELEASE)
        loader = self.text(sites.LOADER)
        actions.revert(self.site, sites.RELEASE)
        (self.site / sites.LOADER).write_text(loader)
        found = self._survey()
        self.assertEqual(_CURRENT[1:], found.absent)
        self.assertFalse(found.present)

    def test_foreign_changes_are_an_obstacle_in_both_directions(self):
        actions.apply(self.site, sites.RELEASE)
        sites.edit(
            self.site / sites.ROUTES, 'custom_routes +=', 'custom_routes ='
        )
        found = self._survey()
        self.assertEqual(_CURRENT[1:2], found.absent)
        self.assertRaises(gnu_patch.DoesNotFit, lambda: found.patched)
        self.assertIn(sites.ROUTES, str(plan.obstacle(found)))
