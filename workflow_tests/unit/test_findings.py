"""Every code has a bad sample that provokes it: a code that nothing provokes is not tested, and fails here."""

import ast
import pickle
import re
from pathlib import Path

import pytest

from fixative.findings import FINDINGS, RefusedSample

TESTS = Path(__file__).resolve().parents[1]

PROVOKED_BY = """
INV001 unit/test_inventory.py test_a_missing_source_is_refused
INV002 faults/test_bad_disks.py test_sectors_that_go_bad_refuse_the_samples_that_lie_on_them_and_no_other
INV003 unit/test_identify.py test_what_is_not_recognised_is_refused_with_what_was_found
INV004 unit/test_inventory.py test_a_shortened_source_is_refused
INV005 unit/test_filesets.py test_a_name_that_leads_out_of_the_folder_is_refused
INV006 unit/test_filesets.py test_a_set_without_its_members_is_refused_naming_what_is_missing
INV007 faults/test_run_faults.py test_sources_that_go_away_or_change_during_conversion_are_refused
INV008 unit/test_inventory.py test_a_missing_sidecar_is_refused
INV009 unit/test_inventory.py test_an_empty_source_is_refused
INV011 unit/test_identify.py test_the_data_of_an_analyze_pair_are_no_image_of_their_own
MET001 unit/test_readers.py test_when_no_reader_opens_it_every_one_tried_is_named_and_no_path_is
MET002 unit/test_readers.py test_attributes_that_are_no_json_are_refused_as_metadata_that_cannot_be_read
MET003 unit/test_ome_build.py test_a_description_that_cannot_be_made_valid_is_refused
MET004 workflow/test_required.py test_a_supplied_value_seals_what_a_strict_checklist_refuses
MET005 unit/test_required_supplied.py test_values_for_another_number_of_channels_refuse_the_sample
SAN001 unit/test_privacy_policy.py test_hipaa_refuses_a_private_tag
SAN002 unit/test_privacy_search_decoded.py test_a_value_in_compressed_pixels_refuses_the_sample
SAN003 unit/test_privacy_policy.py test_a_policy_that_is_not_there_is_refused_and_those_there_are_named
SAN004 unit/test_privacy_apply.py test_a_sample_named_after_a_person_is_refused_before_anything_is_written
SAN005 workflow/test_associated_images.py test_a_file_that_says_its_pixels_name_somebody_is_flagged_or_refused
APP001 workflow/test_approval_gate.py test_a_sample_waits_is_approved_and_is_sealed
CNV001 unit/test_readers_av.py test_damage_within_frames_that_their_decoder_sees_is_refused
CNV002 unit/test_ome_build.py test_a_type_that_ome_lacks_is_refused
CNV003 unit/test_ome_tiff.py test_a_reader_that_does_not_deliver_what_it_described_is_refused_and_leaves_nothing
VER001 unit/test_levels.py test_a_made_up_pixel_in_a_level_of_the_source_is_found
VER002 unit/test_verify_program_damage.py test_the_ome_xml_edited_in_place_is_damage
VER003 unit/test_verify_tiff.py test_a_wrong_structure_says_what_is_expected_and_found
VER004 unit/test_package_seal.py test_an_object_that_is_not_complete_is_not_sealed
VER005 unit/test_witness.py test_one_sample_that_differs_is_named_with_both_readers
VER006 unit/test_witness.py test_where_one_reader_could_not_decode_two_must_agree
VER007 unit/test_metadata_diff_gate.py test_a_lost_value_refuses_the_sample_and_is_named_with_its_place
VLT001 unit/test_vault_entry.py test_a_folder_that_is_open_to_others_is_refused
VLT002 unit/test_vault_key.py test_what_cannot_be_a_key_is_refused
SEA001 workflow/test_batch.py test_another_object_under_the_same_name_is_never_overwritten
SEA002 unit/test_package_seal.py test_a_damaged_object_is_not_adopted
AUD001 unit/test_catalogue.py test_an_object_that_is_gone_is_missed
AUD002 unit/test_audit_check.py test_a_changed_mode_is_a_finding_and_no_damage
AUD003 unit/test_audit_check.py test_swapped_files_are_named_with_each_other
AUD004 unit/test_audit_check.py test_a_renamed_file_is_named_with_its_new_name
AUD005 unit/test_audit_check.py test_a_whole_bag_in_the_place_of_another_is_found_by_the_catalogue
AUD006 unit/test_audit_repair.py test_a_replica_that_is_not_mounted_is_told_of_once_and_never_written_to
AUD007 unit/test_audit_repair.py test_copies_that_are_all_damaged_stay_where_they_are
AUD008 unit/test_audit_schedule.py test_a_log_that_cannot_be_written_stops_the_audit
AUD009 unit/test_audit_schedule.py test_two_audits_at_once_are_one_too_many
CAT001 unit/test_catalogue_rebuild.py test_two_rebuilds_at_once_are_one_too_many
REM001 unit/test_remote_fetch.py test_wrong_credentials_are_told_without_a_word_of_rclone
REM002 unit/test_remote_fetch.py test_a_source_that_is_not_there_is_refused
REM003 unit/test_remote_fetch.py test_a_copy_that_is_not_what_the_store_says_is_refused
REM004 unit/test_remote_fetch.py test_what_would_not_fit_is_refused_before_it_is_fetched
REM005 unit/test_remote_replicas.py test_a_store_that_forgets_the_lock_is_refused_and_keeps_nothing
REM006 unit/test_remote_address.py test_without_rclone_it_is_said_how_to_get_it
REM007 unit/test_remote_replicas.py test_a_place_that_fills_while_objects_are_counted_is_not_overwritten
REM008 unit/test_remote_replicas.py test_a_damaged_object_is_not_replicated
REM009 unit/test_remote_fetch.py test_a_name_that_cannot_be_written_is_refused
DEP001 unit/test_deposit_sheet.py test_a_data_set_that_is_not_there_is_refused
DEP002 unit/test_deposit_files.py test_a_repository_that_is_not_known_is_refused_with_those_that_are
DEP003 unit/test_deposit_files.py test_a_damaged_image_is_not_deposited
DEP004 unit/test_deposit_packages.py test_what_is_too_large_is_refused_before_anything_is_written
DEP005 unit/test_deposit_packages.py test_what_is_too_large_is_refused_before_anything_is_written
DEP006 unit/test_deposit_packages.py test_what_is_too_large_is_refused_before_anything_is_written
DEP007 unit/test_deposit_packages.py test_objects_whose_policy_keeps_everything_do_not_become_public
DEP008 unit/test_deposit_packages.py test_pixels_that_may_name_people_wait_for_somebody_to_look
DEP009 unit/test_deposit_packages.py test_what_is_required_and_missing_refuses_and_is_listed_with_its_column
DEP010 unit/test_deposit_files.py test_what_somebody_has_worked_on_is_not_replaced
DEP011 unit/test_deposit_packages.py test_samples_that_differ_in_upper_and_lower_case_only_are_refused
DEP012 unit/test_deposit_packages.py test_a_licence_that_the_repository_does_not_take_is_refused
DEP013 unit/test_deposit_sheet.py test_every_problem_of_a_sheet_is_told
DEP014 unit/test_deposit_files.py test_hard_links_that_were_asked_for_are_not_replaced_by_copies
DEP015 unit/test_deposit_packages.py test_a_package_that_does_not_pass_its_own_check_is_not_left
DEP016 unit/test_deposit_files.py test_a_package_is_not_written_into_the_archive
CUR001 unit/test_deposit_files.py test_a_data_set_without_a_licence_is_not_curated
RUN001 faults/test_run_faults.py test_a_full_archive_holds_whole_objects_and_nothing_else
RUN002 faults/test_run_faults.py test_a_job_that_runs_out_of_memory_refuses_its_sample_and_the_next_run_seals_it
RUN003 unit/test_forecast.py test_the_oldest_go_first_where_not_all_fit
"""
"""Each code, and a test that provokes it with a bad sample, object, archive or machine."""

PROVOKED = {code: (file, test) for code, file, test in map(str.split, PROVOKED_BY.strip().splitlines())}


@pytest.mark.parametrize("code", FINDINGS)
def test_a_finding_reads_as_a_sentence_with_its_places(code):
    summary = FINDINGS[code].summary
    places = dict.fromkeys(re.findall(r"{(\w+)}", summary), "something")

    refused = RefusedSample(code, **places)

    assert refused.message == re.sub(r"{\w+}", "something", summary)
    assert str(refused).startswith(f"[{code}] ")
    assert refused.remedy


@pytest.mark.parametrize("code", FINDINGS)
def test_a_code_is_a_stage_and_a_number(code):
    assert re.fullmatch(r"(INV|MET|SAN|APP|CNV|VER|VLT|SEA|RUN|REM|AUD|CAT|DEP|CUR)\d{3}", code)


def test_a_refusal_survives_the_way_between_processes():
    refused = RefusedSample("INV001", name="a.tif")

    assert str(pickle.loads(pickle.dumps(refused))) == str(refused)


def test_every_code_has_a_test_that_provokes_it_and_no_other_is_listed():
    assert PROVOKED.keys() == FINDINGS.keys()


@pytest.mark.parametrize("code", FINDINGS)
def test_the_test_of_a_code_is_there_and_demands_the_code(code):
    file, name = PROVOKED[code]
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))

    (test,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]

    assert code in ast.unparse(test)
    assert re.search(r"^ +assert |pytest\.raises\(", ast.unparse(test), re.MULTILINE)
