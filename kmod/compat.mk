# SPDX-License-Identifier: GPL-2.0
# What the headers of this kernel have, for compat.h.  A Kbuild that includes
# this writes for the newest kernel, and builds on older ones.
has = $(shell grep -qsw $(2) $(srctree)/include/$(1) && echo -D$(3))

ccflags-y += -include $(dir $(lastword $(MAKEFILE_LIST)))compat.h
ccflags-y += $(call has,linux/hrtimer.h,hrtimer_setup,HAVE_HRTIMER_SETUP)
ccflags-y += $(call has,linux/mm.h,vm_flags_mod,HAVE_VM_FLAGS_MOD)
ccflags-y += $(call has,linux/mm.h,vma_set_file,HAVE_VMA_SET_FILE)
ccflags-y += $(call has,net/netlink.h,nla_strscpy,HAVE_NLA_STRSCPY)
ccflags-y += $(call has,linux/timer.h,timer_delete_sync,HAVE_TIMER_DELETE_SYNC)
